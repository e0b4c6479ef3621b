import { mailAbout } from "../support/mailbox.js";
import { expect, test } from "../support/test.js";
import { logIn, signUp, submit } from "../support/users.js";

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("a user gives the phone a name and logs it out from the desktop", async ({ page, anotherDevice }) => {
      const ada = await signUp(page);
      const phone = await anotherDevice();
      await logIn(phone, ada);
      await expect(phone).toHaveURL("/dashboard");
      await mailAbout(page, ada.email, /Login from a new device/);

      await page.goto("/account/sessions");
      const devices = page
        .getByRole("main")
        .getByRole("listitem")
        .filter({ has: page.getByRole("heading") });
      await expect(devices).toHaveCount(2);
      await expect(devices.first()).toContainText("This device");
      await devices.last().getByRole("link", { name: "Name this device" }).click();
      await page.getByLabel("Name").fill("The phone");
      await submit(page, "Save name");
      await expect(devices.last().getByRole("heading")).toHaveText("The phone");

      await devices
        .last()
        .getByRole("button", { name: /^Log out/ })
        .click();
      await expect(page.getByText("That device has been logged out")).toBeVisible();
      await expect(devices).toHaveCount(1);
      await phone.reload();
      await expect(phone).toHaveURL(/\/login(\?return_to=[^&]*)?$/);
      await page.goto("/dashboard");
      await expect(page).toHaveURL("/dashboard");
    });
  });
}

test("after a user logs out all other devices, this one is still remembered", async ({ page, anotherDevice }) => {
  const ada = await signUp(page);
  const others = [await anotherDevice(), await anotherDevice()];
  for (const other of others) {
    await logIn(other, ada);
    await expect(other).toHaveURL("/dashboard");
  }
  await page.goto("/account/sessions");
  await submit(page, "Log out all other devices");
  await expect(page.getByText("logged out on all other devices")).toBeVisible();
  for (const other of others) {
    await other.reload();
    await expect(other).toHaveURL(/\/login(\?return_to=[^&]*)?$/);
  }
});
