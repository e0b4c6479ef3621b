import { expect, test } from "../support/test.js";
import { logOut, signUp, submit } from "../support/users.js";

test("after a logout, the Back button shows no personal data", async ({ page }) => {
  const { username, email } = await signUp(page);
  await page.goto("/account/profile");
  await expect(page.getByText(email)).toBeVisible();
  await page.goto("/dashboard");
  await logOut(page);

  await page.goBack();
  await expect(page).toHaveURL(/\/login(\?return_to=[^&]*)?$/);
  await expect(page.locator("html")).not.toContainText(username);
  await page.goBack();
  await expect(page.locator("html")).not.toContainText(email);
});

test("after a logout, a page left open in another tab leads to the login", async ({ page, context }) => {
  await signUp(page);
  const second = await context.newPage();
  await second.goto("/posts/new");
  await logOut(page);
  await second.getByLabel("Title").fill("Too late");
  await second.getByLabel("Text", { exact: true }).fill("The session is over.");
  await submit(second, "Save post");
  await expect(second.getByText("You are logged out").first()).toBeVisible();
  await second.goto("/dashboard");
  await expect(second).toHaveURL(/\/login(\?return_to=[^&]*)?$/);
});
