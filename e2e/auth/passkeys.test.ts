import { expectAccessible } from "../support/accessibility.js";
import { addAuthenticator, withoutAutofill } from "../support/passkeys.js";
import { expect, test } from "../support/test.js";
import { signUp, submit } from "../support/users.js";

test("Add a passkey, and log in with it in every way", async ({ page }) => {
  const ada = await signUp(page);
  await withoutAutofill(page);
  const reader = await addAuthenticator(page);
  await page.goto("/account/passkeys");
  await expectAccessible(page);
  await page.getByLabel("Name").fill("My laptop");
  await submit(page, "Add a passkey");
  await expect(page).toHaveURL("/account/factors/recovery-codes");
  await page.goto("/account/passkeys");
  await expect(page.getByRole("heading", { name: "My laptop" })).toBeVisible();
  await expectAccessible(page);
  expect(await reader.count()).toBe(1);

  await submit(page, "Log out");
  await page.goto("/login");
  await expect(page.getByLabel("Email or username")).toHaveAttribute("autocomplete", "username webauthn");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Log in with a passkey" }).click();
  await expect(page).toHaveURL("/dashboard");

  await submit(page, "Log out");
  await page.goto("/login");
  await page.getByLabel("Email or username").fill(ada.username);
  await page.getByLabel("Password", { exact: true }).fill(ada.password);
  await submit(page, "Log in");
  await expect(page).toHaveURL("/login/second-factor");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await expect(page).toHaveURL("/dashboard");

  await page.goto("/reauthenticate?return_to=/account/passkeys");
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await expect(page).toHaveURL("/account/passkeys");
});

test("The browser offers passkeys in the login form", async ({ page }) => {
  await signUp(page);
  await addAuthenticator(page);
  await page.goto("/account/passkeys");
  await submit(page, "Add a passkey");
  await expect(page).toHaveURL("/account/factors/recovery-codes");
  await submit(page, "Log out");
  await page.goto("/login");
  await expect(page).toHaveURL("/dashboard"); // the virtual authenticator chooses the passkey at once
});

test("A removed passkey is hidden by the browser", async ({ page }) => {
  await signUp(page);
  const reader = await addAuthenticator(page);
  await page.goto("/account/passkeys");
  await submit(page, "Add a passkey");
  await expect(page).toHaveURL("/account/factors/recovery-codes");
  await page.goto("/account/passkeys");
  expect(await reader.count()).toBe(1);
  await page.getByRole("button", { name: /^Remove/ }).click();
  await expect(page.getByText("Passkey removed.")).toBeVisible();
  await expect.poll(reader.count).toBe(0);
});

test("after a quick press of the button, the browser is not asked a second time", async ({ page }) => {
  await page.addInitScript(() => {
    const asked: string[] = [];
    const answer = new Promise<boolean>((resolve) => addEventListener("answer", () => resolve(true)));
    PublicKeyCredential.isConditionalMediationAvailable = () => answer;
    navigator.credentials.get = ({ mediation = "button" }: { mediation?: string } = {}) => {
      asked.push(mediation);
      document.documentElement.dataset.asked = asked.join();
      return new Promise(() => {});
    };
  });
  await page.goto("/login");
  await submit(page, "Log in with a passkey");
  const root = page.locator("html");
  await expect(root).toHaveAttribute("data-asked", "button");
  await page.evaluate(() => {
    dispatchEvent(new Event("answer"));
    return new Promise((resolve) => setTimeout(resolve, 500));
  });
  await expect(root).toHaveAttribute("data-asked", "button");
});
