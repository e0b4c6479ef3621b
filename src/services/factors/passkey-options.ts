import type { AuthenticatorTransport } from "@simplewebauthn/server";
import { config } from "../../config/index.js";
import type { PasskeyPurpose } from "../../definitions/factors/passkeys.js";
import { passkeyAlgorithms, webAuthn, webAuthnHelpers } from "../../lib/factors/passkeys.js";
import { CHALLENGE_MS, PasskeyChallenge } from "../../models/passkey-challenge.js";
import { User } from "../../models/user.js";

/**
 * The domain that passkeys are bound to, and the only origin that may use them. Other names of this host, such as
 * 127.0.0.1, cannot use them: browsers refuse that.
 */
export const passkeySite = { rpId: config.baseUrl.hostname, origin: config.baseUrl.origin };

/** The name of an account for authenticators: its id, which says nothing about the user (WebAuthn Level 3, 14.6.1). */
export const getUserHandle = (id: string): string => Buffer.from(id, "hex").toString("base64url");

type Transports = AuthenticatorTransport[];

const listCredentials = ({ passkeys }: User) =>
  passkeys.map(({ credential, transports }) => ({ id: credential, transports: transports as Transports }));

/** What the browser should know about the passkeys of an account (public/js/passkey-signals.js). */
export const toSignal = (user: User) => ({
  rpId: passkeySite.rpId,
  userId: getUserHandle(user.id),
  name: user.username,
  accepted: user.passkeys.map(({ credential }) => credential),
});

/** Creates what a browser needs to create the passkey of a new account. Its id is chosen here: it is the user handle. */
export const createSignUpOptions = (username: string, browser: string) =>
  createNewOptions("sign-up", new User({ username }), browser);

/** Creates what a browser needs to create a passkey, with a challenge for this browser and account. */
export const createRegistrationOptions = (user: User, browser: string) => createNewOptions("register", user, browser);

async function createNewOptions(purpose: "sign-up" | "register", user: User, browser: string) {
  const challenge = await PasskeyChallenge.issue({ purpose, user: user._id, browser });
  return webAuthn().generateRegistrationOptions({
    rpName: config.appName,
    rpID: passkeySite.rpId,
    userName: user.username,
    userDisplayName: user.username,
    userID: webAuthnHelpers().isoBase64URL.toBuffer(getUserHandle(user.id)),
    challenge: webAuthnHelpers().isoBase64URL.toBuffer(challenge),
    timeout: CHALLENGE_MS,
    attestationType: "none",
    excludeCredentials: listCredentials(user),
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
    supportedAlgorithmIDs: passkeyAlgorithms,
  });
}

/**
 * Creates what a browser needs to use a passkey.
 * @param user the account whose factor is proved; null for a login with a passkey alone, where the options are the same
 * for everyone, so they tell nothing about accounts
 */
export async function createUseOptions(
  purpose: Exclude<PasskeyPurpose, "sign-up" | "register">,
  { user, browser }: { user: User | null; browser: string },
) {
  const challenge = await PasskeyChallenge.issue({ purpose, user: user?._id ?? null, browser });
  return webAuthn().generateAuthenticationOptions({
    rpID: passkeySite.rpId,
    challenge: webAuthnHelpers().isoBase64URL.toBuffer(challenge),
    timeout: CHALLENGE_MS,
    allowCredentials: user ? listCredentials(user) : [],
    userVerification: purpose === "factor" ? "preferred" : "required",
  });
}
