import { followLink } from "../support/mailbox.js";
import { expect, test } from "../support/test.js";
import { logIn, newUser, signUp, submit } from "../support/users.js";

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("the link in a security email logs out a stranger who knows the password", async ({ page, anotherDevice }) => {
      const ada = await signUp(page);
      const stranger = await anotherDevice();
      await logIn(stranger, ada);
      await expect(stranger).toHaveURL("/dashboard");

      await followLink(page, ada.email, { about: /Login from a new device/, path: "/not-me/" });
      await submit(page, "Secure my account");
      await expect(page).toHaveURL("/password-reset");
      await expect(page.getByText("Everyone has been logged out")).toBeVisible();
      await stranger.reload();
      await expect(stranger).toHaveURL(/\/login(\?return_to=[^&]*)?$/);
      await logIn(stranger, ada);
      await expect(stranger.getByRole("alert", { name: "There is a problem" })).toBeVisible();

      const { password } = newUser();
      await followLink(page, ada.email, { about: /Reset your password/, path: "/password-reset/" });
      await page.getByLabel("New password", { exact: true }).fill(password);
      await submit(page, "Set new password");
      await logIn(page, { email: ada.email, password });
      await expect(page).toHaveURL("/dashboard");
    });
  });
}
