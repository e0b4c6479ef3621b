import { expect, test } from "../support/test.js";
import { logOut, signUpByHand, submit } from "../support/users.js";

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("a registration form with errors keeps all input except the password", async ({ page }) => {
      const ada = await signUpByHand(page);
      await logOut(page);
      await page.goto("/register");
      await page.getByLabel("Username").fill(ada.username.toUpperCase());
      await page.getByLabel("Email").fill("someone-new@example.org");
      await page.getByLabel("Password", { exact: true }).fill(ada.password);
      await submit(page, "Create account");
      await expect(page).toHaveTitle(/^Error: /);
      await expect(page.getByLabel("Username")).toHaveAccessibleDescription(/taken/);
      await expect(page.getByLabel("Email")).toHaveValue("someone-new@example.org");
      await expect(page.getByLabel("Password", { exact: true })).toHaveValue("");
    });
  });
}
