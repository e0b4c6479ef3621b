import { followLink, linkIn, mailAbout } from "../support/mailbox.js";
import { expect, test } from "../support/test.js";
import { logIn, logOut, newUser, signUp, submit } from "../support/users.js";

const used = "This link has already been used to set a new password";
const reset = { about: /Reset your password/, path: "/password-reset/" };

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("a user resets a forgotten password by email, and all devices are logged out", async ({
      page,
      anotherDevice,
    }) => {
      const ada = await signUp(page);
      const phone = await anotherDevice();
      await phone.goto("/login");
      await phone.getByRole("link", { name: "Forgot your password?" }).click();
      await phone.getByLabel("Email").fill(ada.email);
      await submit(phone, "Send reset link");
      await expect(phone.getByText(`We've sent an email to ${ada.email}`)).toBeVisible();

      await followLink(phone, ada.email, reset);
      const link = phone.url();
      await expect(phone.getByText(`For the account ${ada.username}`)).toBeVisible();
      await phone.getByLabel("New password", { exact: true }).fill("short");
      await submit(phone, "Set new password");
      await expect(phone.getByRole("alert", { name: "There is a problem" })).toBeVisible();
      const { password } = newUser();
      await phone.getByLabel("New password", { exact: true }).fill(password);
      await submit(phone, "Set new password");
      await expect(phone).toHaveURL(/\/login(\?return_to=[^&]*)?$/);
      await expect(phone.getByText("Your password has been reset")).toBeVisible();

      await page.reload();
      await expect(page).toHaveURL(/\/login(\?return_to=[^&]*)?$/);
      await logIn(page, ada);
      await expect(page.getByRole("alert", { name: "There is a problem" })).toBeVisible();
      await logIn(phone, { email: ada.email, password });
      await expect(phone).toHaveURL("/dashboard");
      await mailAbout(phone, ada.email, /Your password was changed/);
      await phone.goto(link);
      await expect(phone).toHaveURL("/dashboard");
      await expect(phone.getByText(used)).toBeVisible();
    });
  });
}

test("a reset link opened in two tabs sets one password, and the second tab shows that the link was used", async ({
  page,
  context,
}) => {
  const ada = await signUp(page);
  await logOut(page);
  await page.goto("/password-reset");
  await page.getByLabel("Email").fill(ada.email);
  await submit(page, "Send reset link");
  const link = linkIn(await mailAbout(page, ada.email, reset.about), reset.path);
  await page.goto(link);
  const second = await context.newPage();
  await second.goto(link);
  for (const tab of [page, second]) await tab.getByLabel("New password", { exact: true }).fill(newUser().password);
  await submit(page, "Set new password");
  await expect(page).toHaveURL(/\/login(\?return_to=[^&]*)?$/);
  await submit(second, "Set new password");
  await expect(second).toHaveURL("/login");
  await expect(second.getByText(used)).toBeVisible();
});

test("requesting a reset for an unknown email shows the same page, and the email says that no account exists", async ({
  page,
}) => {
  const { email } = newUser("nobody");
  await page.goto("/password-reset");
  await page.getByLabel("Email").fill(email);
  await submit(page, "Send reset link");
  await expect(page.getByText(`We've sent an email to ${email}`)).toBeVisible();
  await mailAbout(page, email, /no account with this address/);
});
