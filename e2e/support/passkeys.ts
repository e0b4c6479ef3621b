import { expect, type Page } from "playwright/test";
import { submit } from "./users.js";

type Device = { transport?: "internal" | "usb"; hasPin?: boolean };

/**
 * Gives a page a virtual authenticator, by default one such as the fingerprint reader of a laptop.
 * @param device.transport "usb" for a security key
 * @param device.hasPin false for one that never asks for a PIN or a fingerprint
 */
export async function addAuthenticator(page: Page, { transport = "internal", hasPin = true }: Device = {}) {
  const client = await page.context().newCDPSession(page);
  await client.send("WebAuthn.enable");
  const { authenticatorId } = await client.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport,
      hasResidentKey: true,
      hasUserVerification: hasPin,
      isUserVerified: hasPin,
      automaticPresenceSimulation: true,
    },
  });
  const list = async () => (await client.send("WebAuthn.getCredentials", { authenticatorId })).credentials;
  type Credential = Awaited<ReturnType<typeof list>>[number];
  return {
    /** Says whether the user touches the reader whenever a page asks. */
    touch: (enabled: boolean) => client.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled }),
    list,
    count: async () => (await list()).length,
    /** Copies a passkey to this authenticator. */
    store: (credential: Credential) => client.send("WebAuthn.addCredential", { authenticatorId, credential }),
  };
}

/**
 * Keeps the browser from offering passkeys in the login form. A virtual authenticator that is touched chooses one there at
 * once, and one that is not touched never answers a request, even if it is touched later.
 */
export const withoutAutofill = (page: Page) =>
  page.addInitScript(() => {
    if (window.PublicKeyCredential) PublicKeyCredential.isConditionalMediationAvailable = () => Promise.resolve(false);
  });

/** Adds a passkey on its page, with an authenticator that is touched whenever the page asks. */
export async function addPasskey(page: Page, name = "") {
  await page.goto("/account/passkeys");
  await page.getByRole("textbox", { name: /^Name/ }).fill(name);
  await submit(page, "Add a passkey");
  await expect(page).toHaveURL(/\/account\/(factors\/recovery-codes|passkeys)$/);
  await expect(page.getByText("Passkey added.")).toBeVisible();
}
