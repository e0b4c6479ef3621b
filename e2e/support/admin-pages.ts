import type { Page } from "playwright/test";
import { expect } from "./test.js";
import type { Person } from "./users.js";

/** Finds a user in the list and opens their page. */
export async function open(page: Page, { username }: Person) {
  await page.goto(`/admin/users?q=${username}`);
  await page.getByRole("link", { name: username, exact: true }).last().click();
  await expect(page.getByRole("heading", { level: 1, name: username })).toBeVisible();
}

/** Checks that nobody is logged in in this browser. */
export async function expectOut(page: Page) {
  await page.goto("/dashboard");
  await expect(page).toHaveURL(/\/login(\?return_to=[^&]*)?$/);
}
