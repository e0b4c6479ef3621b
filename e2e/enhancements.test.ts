import { followLink, mailsTo } from "./support/mailbox.js";
import { expect, test } from "./support/test.js";
import { confirmation, fillRegistration, newUser, signUp, submit } from "./support/users.js";

test("a password can be shown and hidden again", async ({ page }) => {
  await page.goto("/login");
  const field = page.getByLabel("Password", { exact: true });
  const toggle = page.getByRole("button", { name: "Show password" });
  await field.fill("lantern gravel");
  await expect(field).toHaveAttribute("type", "password");
  await toggle.click();
  await expect(field).toHaveAttribute("type", "text");
  await expect(toggle).toHaveAttribute("aria-pressed", "true");
  await toggle.click();
  await expect(field).toHaveAttribute("type", "password");
});

test("the strength meter shows the server's rating", async ({ page }) => {
  const ada = newUser();
  await page.goto("/register");
  await fillRegistration(page, { ...ada, password: "passwordpassword" });
  const said = page.locator(".strength-message");
  await expect(said).not.toBeEmpty();
  const verdict = (await said.textContent()) ?? "";
  await submit(page, "Create account");
  await expect(page.locator("#password-error")).toContainText(verdict);

  await page.getByLabel("Password", { exact: true }).fill(ada.password);
  await expect(page.locator(".strength-ok")).toBeVisible();
});

test("the strength meter also rates a password that was typed before its script loaded", async ({ page }) => {
  await page.route("**/password-strength.js", async (route) => {
    await page.getByLabel("Password", { exact: true }).fill(newUser().password);
    await route.continue();
  });
  await page.goto("/register");
  await expect(page.locator(".strength-ok")).toBeVisible();
});

test("a click on a link asks before unsaved text is lost", async ({ page }) => {
  await signUp(page);
  await page.goto("/posts/new");
  await page.getByLabel("Title").fill("Nearly gone");
  const posts = page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Posts" });

  page.once("dialog", (dialog) => dialog.dismiss());
  const asked = page.waitForEvent("dialog");
  await posts.click({ noWaitAfter: true });
  expect((await asked).type()).toBe("beforeunload");
  await expect(page).toHaveURL("/posts/new");
  await expect(page.getByLabel("Title")).toHaveValue("Nearly gone");

  await page.getByLabel("Text", { exact: true }).fill("Saved after all.");
  await submit(page, "Save post");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Nearly gone");
});

test("double clicks create one account and confirm it once", async ({ page }) => {
  const ada = newUser();
  await page.goto("/register");
  await fillRegistration(page, ada);
  await page.getByRole("button", { name: "Create account" }).dblclick();
  await expect(page).toHaveURL("/email-confirmation");
  await followLink(page, ada.email, confirmation);
  await page.getByRole("button", { name: "Confirm email address" }).dblclick();
  await expect(page).toHaveURL("/dashboard");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Hello");
  expect(await mailsTo(page, ada.email)).toHaveLength(1);
});

test("typing for longer than the idle limit keeps the session alive", async ({ page }) => {
  await signUp(page);
  await page.clock.install();
  await page.goto("/posts/new");
  await page.getByLabel("Title").fill("A long evening");
  await page.clock.fastForward("06:00");
  const heard = page.waitForRequest("/session");
  await page.getByLabel("Text").fill("Word by word.");
  expect((await (await heard).response())?.status()).toBe(200);
});
