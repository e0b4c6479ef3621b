import { expectAccessible } from "../support/accessibility.js";
import { followLink } from "../support/mailbox.js";
import { addAuthenticator } from "../support/passkeys.js";
import { expect, test } from "../support/test.js";
import { confirmation, logOut, newUser, signUpByHand, submit } from "../support/users.js";

const WITH_PASSKEY = "Sign up with a passkey instead";

test("a user signs up with a passkey, confirms the email, and never needs a password", async ({
  page,
  anotherDevice,
}) => {
  const ada = newUser();
  const reader = await addAuthenticator(page);
  await page.goto("/register");
  await expectAccessible(page);
  await page.getByLabel("Username").fill(ada.username);
  await page.getByLabel("Email").fill(ada.email);
  await submit(page, WITH_PASSKEY);
  await expect(page).toHaveURL("/email-confirmation");
  expect(await reader.count()).toBe(1);

  const phone = await anotherDevice();
  await followLink(phone, ada.email, confirmation);
  await expect(phone.getByText("and a passkey in another browser")).toBeVisible();
  await expectAccessible(phone);

  await followLink(page, ada.email, confirmation);
  await submit(page, "Confirm email address");
  await expect(page).toHaveURL("/login/second-factor");
  await submit(page, "Use a passkey");
  await expect(page).toHaveURL("/account/factors/recovery-codes");
  await submit(page, "Log out");
  await page.goto("/login");
  await expect(page).toHaveURL("/dashboard"); // the virtual authenticator chooses the passkey at once
});

test("a sign-up with a passkey that is refused keeps the input, and the browser forgets the passkey", async ({
  page,
}) => {
  const ada = await signUpByHand(page);
  await logOut(page);
  const reader = await addAuthenticator(page);
  await page.goto("/register");
  await page.getByLabel("Username").fill(ada.username);
  await page.getByLabel("Email").fill("no address");
  await submit(page, WITH_PASSKEY);
  await expect(page.getByLabel("Email")).toHaveAccessibleDescription(/Enter a valid email address/);
  await expect(page.getByLabel("Username")).toHaveValue(ada.username);
  expect(await reader.count(), "no passkey is created for a form with errors").toBe(0);
  await expectAccessible(page);

  await page.getByLabel("Email").fill("someone-new@example.org");
  await submit(page, WITH_PASSKEY);
  await expect(page.getByLabel("Username")).toHaveAccessibleDescription(/taken/);
  await expect(page.getByLabel("Email")).toHaveValue("someone-new@example.org");
  await expect.poll(reader.count).toBe(0);
});

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
      await expect(page.getByRole("button", { name: WITH_PASSKEY })).toBeVisible({ visible: javaScriptEnabled });
      await submit(page, "Create account");
      await expect(page).toHaveTitle(/^Error: /);
      await expect(page.getByLabel("Username")).toHaveAccessibleDescription(/taken/);
      await expect(page.getByLabel("Email")).toHaveValue("someone-new@example.org");
      await expect(page.getByLabel("Password", { exact: true })).toHaveValue("");
    });
  });
}
