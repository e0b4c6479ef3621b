import type { Page } from "playwright/test";
import { expectAccessible } from "../support/accessibility.js";
import { writePost } from "../support/posts.js";
import { giveRole } from "../support/roles.js";
import { expect, test } from "../support/test.js";
import { logIn, newUser, type Person, signUp, submit } from "../support/users.js";

/** Opens the page that asks for the reason of an impersonation, from the user list. */
async function findAndAsk(page: Page, { username }: Person) {
  await page.goto(`/admin/users?q=${username}`);
  await page.getByRole("link", { name: username, exact: true }).click();
  await page.getByRole("link", { name: `Act as ${username}` }).click();
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("an admin impersonates a user, sees a reminder on every page, and stops; the user sees it in the activity", async ({
      page,
      anotherDevice,
    }) => {
      test.slow();
      const phone = await anotherDevice();
      const ada = await signUp(phone);
      const admin = await signUp(page, newUser("admin"));
      await giveRole(admin, "admin");

      await findAndAsk(page, ada);
      await submit(page, `Act as ${ada.username}`);
      await expect(page.getByLabel("Reason")).toHaveAccessibleDescription(/Enter a reason/);
      await page.getByLabel("Reason").fill("Her drafts are not to be found.");
      await submit(page, `Act as ${ada.username}`);

      const banner = page.getByRole("region", { name: "Acting as another user" });
      await expect(page.getByRole("heading", { level: 1 })).toHaveText(`Hello, ${ada.username}`);
      await expect(banner).toContainText(`You're acting as ${ada.username}`);
      await writePost(page, { title: "By another hand", body: "Found." });
      for (const path of ["/posts", "/nothing/here", "/account/password"]) {
        await page.goto(path);
        await expect(banner).toBeVisible();
      }
      await expect(page.getByRole("main")).toContainText("Only the owner of the account");

      await banner.getByRole("button", { name: "Stop acting" }).click();
      await expect(page.getByRole("heading", { level: 1 })).toHaveText(ada.username);
      await expect(page.getByRole("status")).toContainText(`You are ${admin.username} again`);
      await expect(banner).toHaveCount(0);

      await phone.goto("/account/activity");
      await expect(phone.getByRole("main")).toContainText("An administrator started acting as you.");
      await expect(phone.getByRole("main")).toContainText("Her drafts are not to be found.");
      await expect(phone.getByRole("main")).toContainText(`by ${admin.username}`);
    });
  });
}

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`${colorScheme} theme, on a phone`, () => {
    test.use({ colorScheme, viewport: { width: 360, height: 740 }, contextOptions: { reducedMotion: "reduce" } });

    test("impersonation pages are accessible and fit on a phone", async ({ page, anotherDevice }) => {
      test.slow();
      const ada = await signUp(await anotherDevice());
      const admin = await signUp(page, newUser("admin"));
      await giveRole(admin, "admin");
      await findAndAsk(page, ada);
      await submit(page, `Act as ${ada.username}`);
      await expectAccessible(page);
      await page.getByLabel("Reason").fill("To look.");
      await submit(page, `Act as ${ada.username}`);
      for (const path of ["/dashboard", "/posts/new", "/account/email"]) {
        await page.goto(path);
        await expectAccessible(page);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(overflow, path).toBeLessThanOrEqual(0);
      }
    });
  });
}

test("an impersonation ends when the admin's session ends on another device", async ({ page, anotherDevice }) => {
  const ada = await signUp(await anotherDevice());
  const admin = await signUp(page, newUser("admin"));
  await giveRole(admin, "admin");
  await findAndAsk(page, ada);
  await page.getByLabel("Reason").fill("To look.");
  await submit(page, `Act as ${ada.username}`);
  const desk = await anotherDevice();
  await logIn(desk, admin);
  await desk.goto("/account/sessions");
  await submit(desk, "Log out all other devices");
  await page.goto("/dashboard");
  await expect(page).toHaveURL(/\/login(\?return_to=[^&]*)?$/);
});
