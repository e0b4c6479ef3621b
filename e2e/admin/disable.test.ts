import { expectOut, open } from "../support/admin-pages.js";
import { tabTo } from "../support/keyboard.js";
import { mailAbout } from "../support/mailbox.js";
import { giveRole } from "../support/roles.js";
import { expect, test } from "../support/test.js";
import { logIn, newUser, signUp, submit } from "../support/users.js";

const lockingOut = "Spam in three posts.";

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("an admin disables a user and enables them again", async ({ page, anotherDevice }) => {
      const admin = await signUp(page, newUser("admin"));
      await giveRole(admin, "admin");
      const theirs = await anotherDevice();
      const ada = await signUp(theirs);

      await open(page, ada);
      await expect(page.getByText(ada.email)).toBeVisible();
      await page.getByRole("link", { name: "Disable" }).click();
      await submit(page, "Disable");
      await expect(page.getByRole("alert", { name: "There is a problem" })).toContainText("Enter a reason");
      await page.getByLabel("Reason").fill(lockingOut);
      await submit(page, "Disable");
      await expect(page.getByText("has been disabled and logged out everywhere.")).toBeVisible();
      await expect(page.getByRole("row", { name: /user\.disabled/ })).toContainText(lockingOut);
      await expectOut(theirs);
      expect((await mailAbout(theirs, ada.email, /was disabled/)).text).toContain(lockingOut);
      await logIn(theirs, ada);
      await expect(theirs.getByRole("alert")).toBeVisible();

      await submit(page, "Enable account");
      await expect(page.getByText(`${ada.username} has been enabled.`)).toBeVisible();
      await logIn(theirs, ada);
      await expect(theirs).toHaveURL("/dashboard");
    });
  });
}

test("an admin can disable a user with the keyboard only", async ({ page, anotherDevice }) => {
  const admin = await signUp(page, newUser("admin"));
  await giveRole(admin, "admin");
  const ada = await signUp(await anotherDevice());
  await open(page, ada);
  await tabTo(page, page.getByRole("link", { name: "Disable" }));
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/disable$/);
  await tabTo(page, page.getByLabel("Reason"));
  await page.keyboard.type(lockingOut);
  await tabTo(page, page.getByRole("button", { name: "Disable" }));
  await page.keyboard.press("Enter");
  await expect(page.getByText("has been disabled and logged out everywhere.")).toBeVisible();
});
