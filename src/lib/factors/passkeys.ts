import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import { loadLater } from "../load-later.js";

/** Functions of @simplewebauthn/server. It consists of 300 modules, a seventh of all in a web process. */
export const webAuthn = loadLater<typeof import("@simplewebauthn/server")>("@simplewebauthn/server");
export const webAuthnHelpers = loadLater<typeof import("@simplewebauthn/server/helpers")>(
  "@simplewebauthn/server/helpers",
);

/** Algorithms in the order of preference: Ed25519, ES256, RS256. Every authenticator has one of them. */
export const passkeyAlgorithms = [-8, -7, -257];

/** Where passkeys of this site are used: the domain they are bound to, and the origin of its pages. */
export type PasskeySite = { rpId: string; origin: string };

/** Reads the challenge that a browser says its passkey signed. Returns null for anything that is no credential. */
export function readChallenge(credential: unknown): string | null {
  try {
    const { challenge } = webAuthnHelpers().decodeClientDataJSON(
      (credential as AuthenticationResponseJSON).response.clientDataJSON,
    );
    return typeof challenge === "string" ? challenge : null;
  } catch {
    return null;
  }
}

/**
 * Verifies a new passkey (WebAuthn Level 3, 7.1). Attestation is not asked for, and does not matter.
 * @returns null if it is invalid, or was made for another challenge or site, or in a frame
 */
export async function verifyNewPasskey(credential: unknown, challenge: string, { rpId, origin }: PasskeySite) {
  const response = credential as RegistrationResponseJSON;
  const verified = await orNull(() => {
    assertNoFrame(response.response.clientDataJSON);
    return webAuthn().verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      requireUserVerification: false,
      supportedAlgorithmIDs: passkeyAlgorithms,
    });
  });
  if (!verified?.verified) return null;
  const { credential: made, userVerified, credentialDeviceType, credentialBackedUp } = verified.registrationInfo;
  const given: unknown[] = Array.isArray(made.transports) ? made.transports : [];
  const transports = given.filter((one) => typeof one === "string" && /^[a-z-]{1,20}$/.test(one)).slice(0, 8);
  const passkey = {
    credential: made.id,
    publicKey: webAuthnHelpers().isoBase64URL.fromBuffer(made.publicKey),
    counter: made.counter,
    transports: transports as string[],
    isSynced: credentialDeviceType === "multiDevice",
    isBackedUp: credentialBackedUp,
  };
  return { passkey, isUserVerified: userVerified };
}

type Known = { credential: string; publicKey: string; isSynced: boolean };

/**
 * Verifies the signature of a passkey (WebAuthn Level 3, 7.2). The caller compares the counter, atomically.
 * @returns null if it is invalid, or was made for another challenge or site, or in a frame
 */
export async function verifyPasskey(
  credential: unknown,
  { known, challenge, site }: { known: Known; challenge: string; site: PasskeySite },
): Promise<{ counter: number; isUserVerified: boolean; isBackedUp: boolean } | null> {
  const response = credential as AuthenticationResponseJSON;
  const verified = await orNull(() => {
    assertNoFrame(response.response.clientDataJSON);
    return webAuthn().verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: site.origin,
      expectedRPID: site.rpId,
      requireUserVerification: false,
      // The library compares counters before signatures, so anyone could make it report a clone. The caller does it after.
      credential: {
        id: known.credential,
        publicKey: webAuthnHelpers().isoBase64URL.toBuffer(known.publicKey),
        counter: 0,
      },
    });
  });
  if (!verified?.verified) return null;
  const { newCounter, userVerified, credentialDeviceType, credentialBackedUp } = verified.authenticationInfo;
  if ((credentialDeviceType === "multiDevice") !== known.isSynced) return null; // it never changes: 7.2, backup eligibility
  return { counter: newCounter, isUserVerified: userVerified, isBackedUp: credentialBackedUp };
}

/** Our pages are never in a frame (frame-ancestors), so a passkey used in one was phished. @throws Error */
function assertNoFrame(clientDataJSON: string): void {
  const { crossOrigin, topOrigin } = webAuthnHelpers().decodeClientDataJSON(clientDataJSON);
  if (crossOrigin !== undefined && crossOrigin !== false) throw new Error("used in a frame of another site");
  if (topOrigin !== undefined) throw new Error("used in a frame");
}

/** The library throws for everything that it refuses. */
async function orNull<Result>(verify: () => Promise<Result>): Promise<Result | null> {
  try {
    return await verify();
  } catch {
    return null;
  }
}
