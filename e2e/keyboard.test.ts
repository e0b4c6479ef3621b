import { tabTo } from "./support/keyboard.js";
import { followLink } from "./support/mailbox.js";
import { expect, test } from "./support/test.js";
import { confirmation, logOut, newUser, signUp } from "./support/users.js";

test("registration, posting and logout work with the keyboard only", async ({ page }) => {
  const ada = newUser();
  const main = page.getByRole("main");
  const press = (key: string) => page.keyboard.press(key);
  const type = async (label: string, text: string) => {
    await tabTo(page, page.getByLabel(label, { exact: true }));
    await page.keyboard.type(text);
  };

  await page.goto("/");
  await press("Tab");
  const skip = page.getByRole("link", { name: "Skip to main content" });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await press("Enter");
  await expect(main).toBeFocused();
  await tabTo(page, main.getByRole("link", { name: "Create account" }));
  await press("Enter");
  await expect(page).toHaveURL("/register");

  await tabTo(page, page.getByLabel("Username"));
  await page.keyboard.type(ada.username);
  await tabTo(page, page.getByLabel("Email"));
  await page.keyboard.type(ada.email);
  await type("Password", ada.password);
  await press("Enter");
  await expect(page).toHaveURL("/email-confirmation");
  await followLink(page, ada.email, confirmation);
  await tabTo(page, page.getByRole("button", { name: "Confirm email address" }));
  await press("Enter");
  await expect(page).toHaveURL("/dashboard");

  await tabTo(page, main.getByRole("link", { name: "New post" }));
  await press("Enter");
  await expect(page.getByLabel("Title")).toBeFocused();
  await page.keyboard.type("By keyboard");
  await type("Text", "No mouse was moved.");
  await press("Tab");
  await press("ArrowDown");
  await expect(page.getByRole("radio", { name: "Logged-in users" })).toBeChecked();
  await tabTo(page, page.getByRole("button", { name: "Save post" }));
  await press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("By keyboard");

  await tabTo(page, page.getByRole("button", { name: "Log out" }));
  await press("Enter");
  await expect(page.getByText("You are logged out.")).toBeVisible();
});

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("after a form error, the summary has the focus and links to the fields", async ({ page }) => {
      await page.goto("/register");
      await page.getByLabel("Username").focus();
      await page.keyboard.press("Enter");
      const summary = page.getByRole("alert", { name: "There is a problem" });
      await expect(summary).toBeFocused();
      await tabTo(page, summary.getByRole("link").nth(1));
      await page.keyboard.press("Enter");
      await expect(page.getByLabel("Email")).toBeFocused();
    });
  });
}

test("a password reset works with the keyboard only", async ({ page }) => {
  const ada = await signUp(page);
  await logOut(page);
  await page.goto("/login");
  await tabTo(page, page.getByRole("link", { name: "Forgot your password?" }));
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/password-reset");
  await tabTo(page, page.getByLabel("Email"));
  await page.keyboard.type(ada.email);
  await page.keyboard.press("Enter");
  await expect(page.getByText(`We've sent an email to ${ada.email}`)).toBeVisible();
  await followLink(page, ada.email, { about: /Reset your password/, path: "/password-reset/" });
  await tabTo(page, page.getByLabel("New password", { exact: true }));
  await page.keyboard.type(newUser().password);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/login(\?return_to=[^&]*)?$/);
});
