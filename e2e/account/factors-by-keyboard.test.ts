import type { Page } from "playwright/test";
import { addApp, codeFor } from "../support/factors.js";
import { tabTo } from "../support/keyboard.js";
import { followLink } from "../support/mailbox.js";
import { addAuthenticator } from "../support/passkeys.js";
import { expect, test } from "../support/test.js";
import { logIn, logOut, newUser, signUp } from "../support/users.js";

const lost = { about: /You said that you lost your second factor/, path: "/factor-recovery/" };
const started = { about: /second factors are about to be removed/, path: "/factor-recovery-cancel/" };
const confirm = { about: /Confirm your recovery email address/, path: "/recovery-email/" };

/** Reaches a button or link with the Tab key, and presses it. */
async function press(page: Page, role: "button" | "link", name: string | RegExp) {
  await tabTo(page, page.getByRole("main").getByRole(role, { name, exact: true }));
  await page.keyboard.press("Enter");
}

async function type(page: Page, label: string, text: string) {
  await tabTo(page, page.getByLabel(label, { exact: true }));
  await page.keyboard.type(text);
}

/** Sends the form, and follows the link of the error summary to the field. */
async function sendWithError(page: Page, label: string) {
  await page.keyboard.press("Enter");
  const summary = page.getByRole("alert", { name: "There is a problem" });
  await expect(summary).toBeFocused();
  await tabTo(page, summary.getByRole("link").first());
  await page.keyboard.press("Enter");
  await expect(page.getByLabel(label, { exact: true })).toBeFocused();
  await page.keyboard.press("ControlOrMeta+A");
}

test("an authenticator app, recovery codes and the second step work with the keyboard only", async ({ page }) => {
  test.slow();
  const ada = await signUp(page);
  await page.goto("/account/factors");
  await press(page, "link", "Add an authenticator app");
  const key = (await page.locator("#key").textContent()) ?? "";
  await type(page, "Code", "12");
  await sendWithError(page, "Code");
  await page.keyboard.type(codeFor(key));
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/account/factors/recovery-codes");
  await press(page, "button", "Create recovery codes");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Your recovery codes");
  await tabTo(page, page.getByRole("button", { name: "Copy" }));
  for (const name of ["Download", "Print"]) {
    await page.keyboard.press("Tab");
    await expect(page.getByRole("button", { name })).toBeFocused();
  }
  await press(page, "link", /^Done/);
  await expect(page).toHaveURL("/account/factors");

  await logOut(page);
  await logIn(page, ada);
  await expect(page.getByLabel("Code", { exact: true })).toBeFocused();
  await page.keyboard.type("12");
  await sendWithError(page, "Code");
  await page.keyboard.type(codeFor(key, 1)); // the current one was used to add the app
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/dashboard");
});

test("passkeys are added, renamed and removed with the keyboard only", async ({ page }) => {
  await signUp(page);
  await addAuthenticator(page);
  await page.goto("/account/passkeys");
  await tabTo(page, page.getByRole("textbox", { name: /^Name/ }));
  await page.keyboard.type("My laptop");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/account/factors/recovery-codes");
  await page.goto("/account/passkeys");
  const rename = page.locator("summary", { hasText: "Rename: My laptop" });
  await tabTo(page, rename);
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: /^Remove/ })).toBeFocused();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await expect(page.getByLabel("New name: My laptop")).toBeFocused();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("My old laptop");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "Save name" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByText("Passkey renamed.")).toBeVisible();
  await press(page, "button", /^Remove/);
  await expect(page.getByText("Passkey removed.")).toBeVisible();
});

for (const way of ["on every page", "from the email"]) {
  test(`a lost factor is reported, and that is cancelled ${way}, with the keyboard only`, async ({
    page,
    anotherDevice,
  }) => {
    const ada = await signUp(page);
    await addApp(page);
    const phone = await anotherDevice();
    await logIn(phone, ada);
    await expect(phone).toHaveURL("/login/second-factor");
    await press(phone, "link", "I've lost my second factor");
    await expect(phone).toHaveURL("/login/lost-factor");
    await press(phone, "button", "Email me the link");
    await expect(phone.getByText("We've sent a link")).toBeVisible();
    await followLink(phone, ada.email, lost);
    await press(phone, "button", "Start the waiting period");
    await expect(phone).toHaveURL("/login");
    if (way === "from the email") {
      await followLink(phone, ada.email, started);
      await press(phone, "button", "Cancel the removal");
      await expect(phone).not.toHaveURL(/factor-recovery-cancel/);
    } else {
      await page.goto("/posts");
      await tabTo(page, page.getByRole("button", { name: "Keep my second factors" }));
      await page.keyboard.press("Enter");
      await expect(page.getByText("started to remove your second factors")).toHaveCount(0);
    }
    await page.goto("/dashboard");
    await expect(page.getByRole("alert")).toHaveCount(0);
  });
}

test("a recovery email address is added, cancelled, confirmed and removed with the keyboard only", async ({ page }) => {
  test.slow();
  const { password } = await signUp(page);
  const { email } = newUser("second");
  const label = "Recovery email address";
  const ask = async () => {
    await type(page, label, email);
    await type(page, "Current password", password);
    await page.keyboard.press("Enter");
    await expect(page.getByText("not confirmed yet")).toBeVisible();
  };
  await page.goto("/account/addresses");
  await type(page, label, "nobody");
  await type(page, "Current password", password);
  await sendWithError(page, label);
  await page.goto("/account/addresses");
  await ask();
  await press(page, "button", "Cancel");
  await expect(page.getByText("not confirmed yet")).toHaveCount(0);
  await ask();
  await followLink(page, email, confirm);
  await press(page, "button", "Confirm recovery email address");
  await expect(page).toHaveURL("/account/addresses");
  await press(page, "button", "Remove recovery email address");
  await expect(page.getByRole("button", { name: "Remove recovery email address" })).toHaveCount(0);
});
