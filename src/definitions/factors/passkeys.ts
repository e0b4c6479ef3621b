/**
 * What a passkey is used for: to open an account with it, to add it to one, to log in, to prove the second factor, or to
 * reauthenticate.
 */
export const passkeyPurposes = ["sign-up", "register", "login", "factor", "reauthenticate"] as const;
export type PasskeyPurpose = (typeof passkeyPurposes)[number];
