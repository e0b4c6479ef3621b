import type { Page } from "playwright/test";
import { expect } from "./test.js";
import { type Person, submit } from "./users.js";

/** The email to the new address, and the link in it, for `followLink`. */
export const confirm = { about: /Confirm your new email address/, path: "/email-change/" };

/** Requests a change of email on the account page. */
export async function askForChange(page: Page, { password }: Person, email: string) {
  await page.goto("/account/email");
  await page.getByLabel("New email address").fill(email);
  await page.getByLabel("Current password", { exact: true }).fill(password);
  await submit(page, "Send confirmation link");
  await expect(page.getByText(`We've sent an email to ${email}`)).toBeVisible();
}
