import type { Page } from "playwright/test";
import { followLink, linkIn, mailAbout } from "../support/mailbox.js";
import { expect, test } from "../support/test.js";
import { logIn, newUser, type Person, signUp, submit } from "../support/users.js";

const confirm = { about: /Confirm your new address/, path: "/email-change/" };
const undo = { about: /Your address is about to change/, path: "/email-undo/" };

async function askForChange(page: Page, { password }: Person, email: string) {
  await page.goto("/account/email");
  await page.getByLabel("New e-mail address").fill(email);
  await page.getByLabel("Current password", { exact: true }).fill(password);
  await submit(page, "Send the link");
  await expect(page.getByText(`An email is on its way to ${email}`)).toBeVisible();
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("one asks at the desk, confirms on the phone, and undoes it by the old mailbox", async ({
      page,
      anotherDevice,
    }) => {
      const ada = await signUp(page);
      const { email } = newUser("new");
      await askForChange(page, ada, email);
      await expect(page.getByText("Asked for, not confirmed yet")).toBeVisible();

      const phone = await anotherDevice();
      await followLink(phone, email, confirm);
      await submit(phone, "Confirm new address");
      await expect(phone).toHaveURL(/\/login(\?return_to=[^&]*)?$/);
      await expect(phone.getByText(`${email} is now the address of ${ada.username}`)).toBeVisible();
      await mailAbout(phone, ada.email, /Your address was changed/);
      await page.reload();
      await expect(page).toHaveURL(/\/login(\?return_to=[^&]*)?$/);
      await logIn(phone, { email, password: ada.password });
      await expect(phone).toHaveURL("/dashboard");

      await followLink(page, ada.email, undo);
      await submit(page, "Undo the change");
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

test("an impatient double click changes the address once, and the back button offers nothing", async ({ page }) => {
  const ada = await signUp(page);
  const { email } = newUser("new");
  await askForChange(page, ada, email);
  await followLink(page, email, confirm);
  await page.getByRole("button", { name: "Confirm new address" }).dblclick();
  await expect(page).toHaveURL("/account/email");
  await expect(page.getByRole("main")).toContainText(email);
  await page.goBack();
  await expect(page.getByRole("button", { name: "Confirm new address" })).toHaveCount(0);
});

test("a change that was dropped cannot be made any more", async ({ page }) => {
  const ada = await signUp(page);
  const { email } = newUser("new");
  await askForChange(page, ada, email);
  const link = linkIn(await mailAbout(page, email, confirm.about), confirm.path);
  await page.goto("/account/email");
  await submit(page, "Drop this change");
  await expect(page.getByText("The change is dropped")).toBeVisible();
  await page.goto(link);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("This link is no longer valid");
});
