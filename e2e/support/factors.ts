import { TOTP } from "otpauth";
import { expect, type Page } from "playwright/test";
import { submit } from "./users.js";

/** Returns the code that an authenticator app with this key shows. @param steps later, 30 seconds each */
export const codeFor = (key: string, steps = 0): string =>
  new TOTP({ secret: key.replace(/\s/g, "") }).generate({ timestamp: Date.now() + steps * 30_000 });

/** Adds an authenticator app, from its page. Returns the key. */
export async function addApp(page: Page): Promise<string> {
  await page.goto("/account/factors/authenticator");
  const key = (await page.locator("#key").textContent()) ?? "";
  await page.getByLabel("Code", { exact: true }).fill(codeFor(key));
  await submit(page, "Add the app");
  await expect(page).toHaveURL("/account/factors/recovery-codes");
  return key;
}

/** Creates recovery codes, and stays on the page that shows them. Returns the codes. */
export async function createCodes(page: Page): Promise<string[]> {
  await page.goto("/account/factors/recovery-codes");
  await submit(page, "Create recovery codes");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Your recovery codes");
  return page.locator("#codes code").allTextContents();
}
