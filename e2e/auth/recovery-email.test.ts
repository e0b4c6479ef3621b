import { followLink, mailAbout } from "../support/mailbox.js";
import { expect, test } from "../support/test.js";
import { logIn, newUser, signUp, submit } from "../support/users.js";

const confirm = { about: /Confirm your recovery email address/, path: "/recovery-email/" };
const reset = { about: /Reset your password/, path: "/password-reset/" };

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("a user adds a recovery email, resets the password by it, and changes the lost email", async ({
      page,
      anotherDevice,
    }) => {
      test.slow();
      const ada = await signUp(page);
      const [{ email }, { email: next, password }] = [newUser("second"), newUser("next")];
      await page.goto("/account/email");
      await page.getByRole("link", { name: "recovery email address" }).click();
      await page.getByLabel("Recovery email address").fill(email);
      await page.getByLabel("Current password", { exact: true }).fill(ada.password);
      await submit(page, "Send confirmation link");
      await expect(page.getByText("not confirmed yet")).toBeVisible();
      await followLink(page, email, confirm);
      await submit(page, "Confirm recovery email address");
      await expect(page).toHaveURL("/account/addresses");
      await expect(page.getByText(`${email} is now the recovery email address of ${ada.username}`)).toBeVisible();
      await mailAbout(page, ada.email, /recovery email address was added/);

      const phone = await anotherDevice();
      await phone.goto("/password-reset");
      await phone.getByLabel("Email").fill(email);
      await submit(phone, "Send reset link");
      await followLink(phone, email, reset);
      await phone.getByLabel("New password", { exact: true }).fill(password);
      await submit(phone, "Set new password");
      await logIn(phone, { email: ada.username, password });
      await expect(phone).toHaveURL("/dashboard");
      await phone.goto("/account/email");
      await phone.getByLabel("New email address").fill(next);
      await phone.getByLabel("Current password", { exact: true }).fill(password);
      await submit(phone, "Send confirmation link");
      await followLink(phone, next, { about: /Confirm your new email address/, path: "/email-change/" });
      await submit(phone, "Confirm new email address");
      await expect(phone.getByRole("main")).toContainText(next);
    });
  });
}

test("a user removes the recovery email", async ({ page }) => {
  const ada = await signUp(page);
  const { email } = newUser("second");
  await page.goto("/account/addresses");
  await page.getByLabel("Recovery email address").fill(email);
  await page.getByLabel("Current password", { exact: true }).fill(ada.password);
  await submit(page, "Send confirmation link");
  await followLink(page, email, confirm);
  await submit(page, "Confirm recovery email address");
  await submit(page, "Remove recovery email address");
  await expect(page.getByText(`${email} is no longer your recovery email address`)).toBeVisible();
  for (const to of [ada.email, email]) await mailAbout(page, to, /recovery email address was removed/);
});
