import { writePost } from "./support/posts.js";
import { giveRole } from "./support/roles.js";
import { expect, test } from "./support/test.js";
import { newUser, signUp } from "./support/users.js";

test.use({ viewport: { width: 390, height: 844 } });

const visitors = ["/", "/posts", "/login", "/register", "/password-reset", "/email-confirmation", "/nothing/here"];
const members = [
  "/dashboard",
  "/posts/new",
  "/domains",
  ...["profile", "avatar", "email", "password", "sessions", "api-tokens", "activity", "export", "deletion"].map(
    (page) => `/account/${page}`,
  ),
];
const admins = ["/admin", "/admin/users", "/admin/invitations", "/admin/domains", "/admin/audit-log", "/admin/health"];

test("at twice the text size, no page is wider than a phone (WCAG 1.4.4, 1.4.10)", async ({ page, anotherDevice }) => {
  test.slow();
  const visitor = await anotherDevice();
  await visitor.setViewportSize({ width: 390, height: 844 });
  const admin = await signUp(page, newUser("a-rather-long-name"));
  await giveRole(admin, "superadmin");
  const post = await writePost(page, {
    title: "Antidisestablishmentarianism in the garden",
    body: "A `long line of code` and words.",
  });
  const wide: string[] = [];
  for (const [who, paths] of [
    [visitor, [...visitors, post]],
    [page, [...members, ...admins, post, `/users/${admin.username}`]],
  ] as const) {
    for (const path of paths) {
      await who.goto(path);
      const beyond = await who.evaluate(() => {
        document.documentElement.style.fontSize = "200%";
        return document.documentElement.scrollWidth - window.innerWidth;
      });
      if (beyond > 0) wide.push(`${path}: ${beyond} px`);
    }
  }
  expect(wide).toEqual([]);
});
