import type { Page } from "playwright/test";
import { expectAccessible } from "./support/accessibility.js";
import { giveRole } from "./support/roles.js";
import { expect, test } from "./support/test.js";
import { newUser, type Person, signUp, submit } from "./support/users.js";

const NOT_FOUND = 404;

/** Adds a user to the domain whose admin page is open. */
async function bringIn(page: Page, { username }: Person, role: string) {
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("Role", { exact: true }).selectOption(role);
  await submit(page, "Add");
  await expect(page.getByText(`${username} is now `)).toBeVisible();
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("only members of a domain see its posts, and a removed member loses access", async ({
      page,
      anotherDevice,
    }) => {
      test.slow();
      const [desk, phone, elsewhere] = [await anotherDevice(), await anotherDevice(), await anotherDevice()];
      const root = await signUp(page, newUser("root"));
      const ada = await signUp(desk);
      const grace = await signUp(phone, newUser("grace"));
      await signUp(elsewhere, newUser("outsider"));
      await giveRole(root, "superadmin");
      const slug = `club-${root.username.slice(-8)}`;
      const name = `Club ${slug}`;

      await page.goto("/admin/domains");
      await page.getByLabel("Name").fill(name);
      await page.getByLabel("Web address").fill("New");
      await submit(page, "Create organization");
      await expect(page.getByRole("alert")).toContainText("lowercase letters");
      await page.getByLabel("Web address").fill(slug);
      await submit(page, "Create organization");
      await bringIn(page, ada, "Admin");

      await desk.goto("/dashboard");
      await desk.getByRole("link", { name: "Organizations" }).click();
      await desk.getByRole("link", { name: "Manage members" }).click();
      await bringIn(desk, grace, "Member");

      await phone.goto(`/domains/${slug}`);
      await phone.getByRole("main").getByRole("link", { name: "New post" }).click();
      await expect(phone.getByRole("radio", { name })).toBeChecked();
      await phone.getByLabel("Title").fill("Among us");
      await phone.getByLabel("Text", { exact: true }).fill("Only for the club.");
      await submit(phone, "Save post");
      await expect(phone.getByRole("heading", { level: 1 })).toHaveText("Among us");
      const post = new URL(phone.url()).pathname;
      await phone.getByRole("main").getByRole("link", { name }).click();
      await expect(phone.getByRole("link", { name: "Among us" })).toBeVisible();

      for (const path of [post, `/domains/${slug}`]) expect((await elsewhere.goto(path))?.status()).toBe(NOT_FOUND);
      await elsewhere.goto(`/users/${grace.username}`);
      await expect(elsewhere.getByText("Among us")).toHaveCount(0);

      await desk.goto(post);
      await desk.getByRole("link", { name: "Edit post" }).click();
      await expect(desk.getByRole("group", { name: "Who can read this?" })).toHaveCount(0);
      await desk.getByLabel("Title").fill("Among all of us");
      await submit(desk, "Save changes");
      await phone.goto("/account/activity");
      await expect(phone.getByText("An editor edited one of your posts.")).toBeVisible();

      await desk.goto(`/admin/domains/${slug}`);
      await desk.getByRole("row").filter({ hasText: grace.username }).getByRole("button", { name: "Remove" }).click();
      await expect(desk.getByText(`${grace.username} has been removed from ${name}`)).toBeVisible();
      expect((await phone.goto(`/domains/${slug}`))?.status()).toBe(NOT_FOUND);
      await phone.goto(post);
      await phone.getByRole("link", { name: "Edit post" }).click();
      await expect(phone.getByText("no longer a member of the organization")).toBeVisible();
      await expect(phone.getByRole("radio", { name: "Draft" })).toBeChecked();
    });

    test("a member leaves a domain after a confirmation", async ({ page, anotherDevice }) => {
      const phone = await anotherDevice();
      const root = await signUp(page, newUser("root"));
      const grace = await signUp(phone, newUser("grace"));
      await giveRole(root, "superadmin");
      const slug = `past-${root.username.slice(-8)}`;
      await page.goto("/admin/domains");
      await page.getByLabel("Name").fill(`Past ${slug}`);
      await page.getByLabel("Web address").fill(slug);
      await submit(page, "Create organization");
      await bringIn(page, grace, "Member");

      await phone.goto(`/domains/${slug}`);
      await phone.getByRole("link", { name: "Leave" }).click();
      await phone.getByRole("link", { name: "Cancel" }).click();
      await phone.getByRole("link", { name: "Leave" }).click();
      await submit(phone, "Leave organization");
      await expect(phone).toHaveURL("/domains");
      await expect(phone.getByText(`You've left Past ${slug}.`)).toBeVisible();
      expect((await phone.goto(`/domains/${slug}`))?.status()).toBe(NOT_FOUND);
      await page.goto(`/admin/domains/${slug}`);
      await expect(page.getByText("No members yet.")).toBeVisible();
    });

    test("a member of two domains chooses the domain of a post", async ({ page }) => {
      const root = await signUp(page, newUser("root"));
      await giveRole(root, "superadmin");
      const own = ["One", "Two"].map((word) => `${word} ${root.username.slice(-8)}`);
      for (const name of own) {
        await page.goto("/admin/domains");
        await page.getByLabel("Name").fill(name);
        await page.getByLabel("Web address").fill(name.toLowerCase().replace(" ", "-"));
        await submit(page, "Create organization");
        await bringIn(page, root, "Editor");
      }
      await page.goto("/posts/new");
      await expect(page.getByLabel("Which organization?")).toBeHidden();
      await page.getByLabel("Title").fill("For the second");
      await page.getByLabel("Text", { exact: true }).fill("Words.");
      await page.getByText("An organization", { exact: true }).click();
      await page.getByLabel("Which organization?").selectOption(own[1] ?? "");
      await submit(page, "Save post");
      await expect(page.getByRole("main").getByRole("link", { name: own[1] ?? "" })).toBeVisible();
    });
  });
}

for (const size of [
  { width: 1280, height: 800 },
  { width: 360, height: 740 },
]) {
  test(`domain pages are accessible and fit a window of ${size.width} px`, async ({ page }) => {
    test.slow();
    await page.setViewportSize(size);
    const root = await signUp(page, newUser("root"));
    await giveRole(root, "superadmin");
    const slug = `wide-${root.username.slice(-8)}`;
    await page.goto("/admin/domains");
    await submit(page, "Create organization");
    await expectAccessible(page);
    await page.getByLabel("Name").fill("A name that is rather long for a domain, with many words");
    await page.getByLabel("Web address").fill(slug);
    await submit(page, "Create organization");
    await submit(page, "Add");
    await expectAccessible(page);
    await bringIn(page, root, "Editor");
    await expectAccessible(page);
    const paths = [
      "/domains",
      `/domains/${slug}`,
      `/domains/${slug}/people`,
      `/domains/${slug}/leave`,
      `/posts/new?domain=${slug}`,
    ];
    for (const path of [...paths, "/admin/domains", `/admin/domains/${slug}/edit`, `/admin/domains/${slug}/delete`]) {
      await page.goto(path);
      await expectAccessible(page);
      const isTooWide = await page.evaluate("document.documentElement.scrollWidth > window.innerWidth");
      expect(isTooWide, path).toBe(false);
    }
  });
}
