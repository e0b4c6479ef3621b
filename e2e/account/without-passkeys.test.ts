import type { Page } from "playwright/test";
import { createCodes } from "../support/factors.js";
import { addAuthenticator, addPasskey } from "../support/passkeys.js";
import { expect, test } from "../support/test.js";
import { logIn, signUp, submit } from "../support/users.js";

const browsers = {
  "without JavaScript": async (page: Page) => {
    const client = await page.context().newCDPSession(page);
    await client.send("Emulation.setScriptExecutionDisabled", { value: true });
  },
  "without passkeys": (page: Page) =>
    page.addInitScript(() => Object.defineProperty(window, "PublicKeyCredential", { value: undefined })),
};
const reason = "Your browser doesn't support passkeys, or JavaScript is off.";

for (const [kind, limit] of Object.entries(browsers)) {
  test.describe(`in a browser ${kind}`, () => {
    test("a user with a passkey logs in with the other ways, and no page shows a button that cannot work", async ({
      page,
      anotherDevice,
    }) => {
      test.slow();
      const ada = await signUp(page);
      await addAuthenticator(page);
      await addPasskey(page, "My laptop");
      const [first = "", second = ""] = await createCodes(page);
      await page.goto("/account/passkeys");
      await expect(page.getByRole("button", { name: "Add a passkey" })).toBeVisible();
      await expect(page.getByText(reason)).toBeHidden();

      const phone = await anotherDevice();
      await limit(phone);
      await phone.goto("/login");
      await expect(phone.getByRole("button", { name: "Log in with a passkey" })).toBeHidden();
      await expect(phone.getByText("If you normally use a passkey")).toHaveCount(0);
      await logIn(phone, { email: ada.email, password: "not my password" });
      await expect(phone.getByText("If you normally use a passkey: this browser doesn't support them")).toBeVisible();
      await logIn(phone, ada);
      await expect(phone).toHaveURL("/login/second-factor");
      await expect(phone.getByText(`${reason} Log in with another browser, or use a recovery code.`)).toBeVisible();
      await expect(phone.getByRole("button", { name: "Use a passkey" })).toBeHidden();
      await phone.getByText("Use a recovery code", { exact: true }).click();
      await phone.getByLabel("Recovery code").fill(first);
      await submit(phone, "Log in with a recovery code");
      await expect(phone).toHaveURL("/dashboard");

      await phone.goto("/reauthenticate?return_to=/account/passkeys");
      await expect(phone.getByRole("button", { name: "Use a passkey" })).toBeHidden();
      await phone.getByLabel("Password", { exact: true }).fill(ada.password);
      await phone.getByLabel("Recovery code").fill(second);
      await submit(phone, "Continue");
      await expect(phone).toHaveURL("/account/passkeys");
      await expect(phone.getByText(`${reason} You can use an authenticator app instead.`)).toBeVisible();
      await expect(phone.getByRole("button", { name: "Add a passkey" })).toBeHidden();
      await phone.getByText("Rename").click();
      await phone.getByLabel("New name").fill("My old laptop");
      await submit(phone, "Save name");
      await expect(phone.getByRole("heading", { name: "My old laptop" })).toBeVisible();
    });

    test("a user without a password reads what else can be done", async ({ page }) => {
      await signUp(page);
      await addAuthenticator(page);
      await addPasskey(page);
      await page.goto("/account/password");
      await submit(page, "Remove password");
      await page.goto("/reauthenticate");
      await expect(page.getByRole("button", { name: "Use a passkey" })).toBeVisible();
      await expect(page.getByText(reason)).toBeHidden();
      await limit(page);
      await page.goto("/reauthenticate");
      await expect(page.getByText(reason)).toBeVisible();
      await expect(page.getByRole("button", { name: "Use a passkey" })).toBeHidden();
      await page.getByRole("link", { name: "get a password by email" }).click();
      await expect(page).toHaveURL("/password-reset");
    });
  });
}
