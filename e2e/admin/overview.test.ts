import type { Page } from "playwright/test";
import { expectAccessible } from "../support/accessibility.js";
import { tabTo } from "../support/keyboard.js";
import { mailAbout } from "../support/mailbox.js";
import { giveRole } from "../support/roles.js";
import { expect, test } from "../support/test.js";
import { logIn, newUser, type Person, signUp, submit } from "../support/users.js";

/** Signs up a new admin on this page. */
async function signUpAdmin(page: Page): Promise<Person> {
  const admin = await signUp(page, newUser("admin"));
  await giveRole(admin, "admin");
  return admin;
}

const findRow = (page: Page, { username }: Person) => page.getByRole("row").filter({ hasText: username });
const choose = (page: Page, { username }: Person) => page.getByRole("checkbox", { name: `Select ${username}` });

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("an admin finds two users, disables them with a reason, and enables them again", async ({
      page,
      anotherDevice,
    }) => {
      test.slow();
      const phone = await anotherDevice();
      const family = newUser("quill").username;
      const [one, other] = [`${family}-one`, `${family}-two`].map((username) => ({
        ...newUser(),
        username: username.slice(0, 30),
        email: `${username}@example.org`,
      })) as [Person, Person];
      await signUp(await anotherDevice(), one);
      await signUp(phone, other);
      const admin = await signUpAdmin(page);

      await page.goto("/dashboard");
      await page.getByRole("link", { name: "Admin", exact: true }).click();
      await page.getByRole("navigation", { name: "Administration" }).getByRole("link", { name: "Users" }).click();
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Users");
      await page.getByLabel("Search").fill(family.toUpperCase());
      await page.getByLabel("Status").selectOption("Active");
      await submit(page, "Search");
      await expect(page.getByText("2 users", { exact: true })).toBeVisible();
      await expect(findRow(page, one)).toContainText("Active");

      await choose(page, one).check();
      await choose(page, other).check();
      await page.getByLabel("With selected").selectOption("Disable");
      await submit(page, "Continue…");
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Disable");
      await submit(page, "Disable: 2 users");
      await expect(page.getByRole("alert", { name: "There is a problem" })).toContainText("Enter a reason");
      await page.getByLabel("Reason").fill("The quills are being sharpened.");
      await submit(page, "Disable: 2 users");
      await expect(page.getByText(`Disabled: ${other.username}, ${one.username}.`)).toBeVisible();
      await expect(page.getByText("No users match")).toBeVisible();

      await phone.reload();
      await expect(phone).toHaveURL(/\/login(\?return_to=[^&]*)?$/);
      await logIn(phone, other);
      await expect(phone).toHaveURL(/\/login(\?return_to=[^&]*)?$/);
      expect((await mailAbout(page, one.email, /./)).text).toContain("The quills are being sharpened.");

      await page.getByRole("link", { name: "Remove filter: Active" }).click();
      await expect(findRow(page, other)).toContainText("Disabled");
      await choose(page, other).check();
      await page.getByLabel("With selected").selectOption("Enable");
      await submit(page, "Continue…");
      await submit(page, `Enable: ${other.username}`);
      await expect(findRow(page, other)).toContainText("Active");
      await logIn(phone, other);
      await expect(phone).toHaveURL("/dashboard");
      await expect(page.getByRole("link", { name: admin.username })).toBeVisible();
    });
  });
}

test("the user list is accessible, works with the keyboard, and fits on a phone", async ({ page }) => {
  test.slow();
  const admin = await signUpAdmin(page);
  for (const [width, colorScheme] of [
    [1280, "light"],
    [360, "dark"],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    for (const path of [
      "/admin/users",
      `/admin/users?q=${admin.username}`,
      "/admin/users?q=nobody-has-this&role=none",
    ]) {
      await page.goto(path);
      await expectAccessible(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(width);
    }
  }
  await page.goto(`/admin/users?q=${admin.username}`);
  await tabTo(page, choose(page, admin));
  await page.keyboard.press("Space");
  await tabTo(page, page.getByRole("button", { name: "Continue…" }));
  await page.keyboard.press("Enter");
  await expect(page.getByText(`You don't have permission to change ${admin.username}.`)).toBeVisible();
  await expectAccessible(page);
});

test("an admin exports the filtered user list", async ({ page }) => {
  const admin = await signUpAdmin(page);
  await page.goto(`/admin/users?q=${admin.username}`);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Export CSV" }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^people-.*\.csv$/);
  const lines = [];
  for await (const chunk of await download.createReadStream()) lines.push(...String(chunk).split("\r\n"));
  expect(lines.filter((line) => line.includes("@"))).toHaveLength(1);
  expect(lines[1]).toContain(admin.email);
});

test("one checkbox selects all users on the page", async ({ page }) => {
  const admin = await signUpAdmin(page);
  await page.goto(`/admin/users?q=${admin.username}`);
  await page.getByRole("checkbox", { name: "Select all users on this page" }).check();
  await expect(choose(page, admin)).toBeChecked();
  await choose(page, admin).uncheck();
  await expect(page.getByRole("checkbox", { name: "Select all users on this page" })).not.toBeChecked();
});
