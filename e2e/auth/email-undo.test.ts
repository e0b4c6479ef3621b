import { askForChange, confirm } from "../support/email-change.js";
import { followLink, mailAbout } from "../support/mailbox.js";
import { expect, test } from "../support/test.js";
import { logIn, newUser, signUp, submit } from "../support/users.js";

const undo = { about: /Your email address is about to change/, path: "/email-undo/" };

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("a user requests a change of email, confirms it on the phone, and undoes it from the old mailbox", async ({
      page,
      anotherDevice,
    }) => {
      const ada = await signUp(page);
      const { email } = newUser("new");
      await askForChange(page, ada, email);
      await expect(page.getByText("New address, not confirmed yet")).toBeVisible();

      const phone = await anotherDevice();
      await followLink(phone, email, confirm);
      await submit(phone, "Confirm new email address");
      await expect(phone).toHaveURL(/\/login(\?return_to=[^&]*)?$/);
      await expect(phone.getByText(`The email address of ${ada.username} is now ${email}`)).toBeVisible();
      await mailAbout(phone, ada.email, /Your email address was changed/);
      await page.reload();
      await expect(page).toHaveURL(/\/login(\?return_to=[^&]*)?$/);
      await logIn(phone, { email, password: ada.password });
      await expect(phone).toHaveURL("/dashboard");

      await followLink(page, ada.email, undo);
      await submit(page, "Undo email change");
      await expect(page).toHaveURL(/\/login(\?return_to=[^&]*)?$/);
      await phone.reload();
      await expect(phone).toHaveURL(/\/login(\?return_to=[^&]*)?$/);
      await logIn(page, ada);
      await page.goto("/account/email");
      await expect(page.getByRole("main")).toContainText(ada.email);
      await expect(page.getByRole("main")).not.toContainText(email);
    });
  });
}
