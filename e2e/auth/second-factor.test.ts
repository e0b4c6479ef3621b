import { readFileSync } from "node:fs";
import { expectAccessible } from "../support/accessibility.js";
import { addApp, codeFor } from "../support/factors.js";
import { mailAbout } from "../support/mailbox.js";
import { expect, test } from "../support/test.js";
import { logIn, logOut, signUp, submit } from "../support/users.js";

test("a user adds an authenticator app, saves recovery codes, and logs in with both", async ({
  page,
  anotherDevice,
}) => {
  const ada = await signUp(page);
  await page.goto("/account/profile");
  await page.getByRole("navigation", { name: "Your account" }).getByRole("link", { name: "Second factor" }).click();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Add an authenticator app" }).click();
  await expect(page.getByRole("img", { name: /QR code/ })).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel("Code", { exact: true }).fill("000000");
  await submit(page, "Add the app");
  await expect(page.getByLabel("Code", { exact: true })).toHaveAccessibleDescription(/This code is wrong/);
  const key = await addApp(page);
  await mailAbout(page, ada.email, /An authenticator app was added/);

  await page.getByRole("button", { name: "Create recovery codes" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Your recovery codes");
  await expectAccessible(page);
  const codes = await page.locator("#codes code").allTextContents();
  expect(codes).toHaveLength(10);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  expect(
    readFileSync(await (await download).path(), "utf8")
      .trim()
      .split(/\s+/),
  ).toEqual(codes);
  await page.getByRole("link", { name: "Done" }).click();
  await expect(page.getByText("10 of 10 left")).toBeVisible();

  await logOut(page);
  await page.goto("/posts/new");
  await logIn(page, ada);
  await expect(page).toHaveURL(/^[^?]*\/login\/second-factor\?return_to=%2Fposts%2Fnew$/);
  await expectAccessible(page);
  const code = codeFor(key, 1); // the current one was used to add the app
  await page.getByLabel("Code", { exact: true }).fill(`${code.slice(0, 3)} ${code.slice(3)}`);
  await submit(page, "Log in");
  await expect(page).toHaveURL("/posts/new");

  const phone = await anotherDevice();
  await logIn(phone, ada);
  await phone.getByText("Use a recovery code").click();
  await phone.getByLabel("Recovery code").fill((codes[0] ?? "").toLowerCase());
  await submit(phone, "Log in with a recovery code");
  await expect(phone).toHaveURL("/dashboard");
  await mailAbout(page, ada.email, /A recovery code was used/);
});

test("a trusted browser asks for the password only", async ({ page }) => {
  const ada = await signUp(page);
  const key = await addApp(page);
  await logOut(page);
  await logIn(page, ada);
  await page.getByLabel("Code", { exact: true }).fill(codeFor(key, 1));
  await page.getByLabel("Don't ask for a code on this browser for 30 days").check();
  await submit(page, "Log in");
  await expect(page).toHaveURL("/dashboard");
  await logOut(page);
  await logIn(page, ada);
  await expect(page).toHaveURL("/dashboard");
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("adding an app and logging in work", async ({ page }) => {
    const ada = await signUp(page);
    const key = await addApp(page);
    await logOut(page);
    await logIn(page, ada);
    await page.getByLabel("Code", { exact: true }).fill(codeFor(key, 1));
    await page.getByRole("button", { name: "Log in", exact: true }).click();
    await expect(page).toHaveURL("/dashboard");
  });
});
