import { mailAbout } from "../support/mailbox.js";
import { expect, test } from "../support/test.js";
import { logIn, logOut, newUser, signUp, submit } from "../support/users.js";

test("changing the password keeps this device logged in and logs out all others", async ({ page, anotherDevice }) => {
  const ada = await signUp(page);
  const phone = await anotherDevice();
  await logIn(phone, ada);
  await expect(phone).toHaveURL("/dashboard");
  const { password } = newUser();

  await page.goto("/account/profile");
  await page.getByRole("navigation", { name: "Your account" }).getByRole("link", { name: "Password" }).click();
  await page.getByLabel("Current password", { exact: true }).fill("something else entirely");
  await page.getByLabel("New password", { exact: true }).fill(password);
  await submit(page, "Change password");
  await expect(page.getByLabel("Current password", { exact: true })).toHaveAccessibleDescription(/Incorrect password/);
  await expect(page.getByLabel("New password", { exact: true })).toHaveValue("");

  await page.getByLabel("Current password", { exact: true }).fill(ada.password);
  await page.getByLabel("New password", { exact: true }).fill(password);
  await submit(page, "Change password");
  await expect(page.getByText("Password changed")).toBeVisible();
  await mailAbout(page, ada.email, /Your password was changed/);
  await page.goto("/dashboard");
  await expect(page).toHaveURL("/dashboard");
  await phone.reload();
  await expect(phone).toHaveURL(/\/login(\?return_to=[^&]*)?$/);

  await logOut(page);
  await logIn(page, { email: ada.email, password });
  await expect(page).toHaveURL("/dashboard");
});
