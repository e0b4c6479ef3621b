import { askForChange, confirm } from "../support/email-change.js";
import { followLink, linkIn, mailAbout } from "../support/mailbox.js";
import { expect, test } from "../support/test.js";
import { newUser, signUp, submit } from "../support/users.js";

test("a double click changes the email once, and going back shows no button to confirm again", async ({ page }) => {
  const ada = await signUp(page);
  const { email } = newUser("new");
  await askForChange(page, ada, email);
  await followLink(page, email, confirm);
  await page.getByRole("button", { name: "Confirm new email address" }).dblclick();
  await expect(page).toHaveURL("/account/email");
  await expect(page.getByRole("main")).toContainText(email);
  await page.goBack();
  await expect(page.getByRole("button", { name: "Confirm new email address" })).toHaveCount(0);
});

test("a cancelled email change can no longer be confirmed", async ({ page }) => {
  const ada = await signUp(page);
  const { email } = newUser("new");
  await askForChange(page, ada, email);
  const link = linkIn(await mailAbout(page, email, confirm.about), confirm.path);
  await page.goto("/account/email");
  await submit(page, "Cancel change");
  await expect(page.getByText("Email change cancelled")).toBeVisible();
  await page.goto(link);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("This link is no longer valid");
});
