/** What a passkey is used for: to add it, to log in, to prove the second factor, or to reauthenticate. */
export const passkeyPurposes = ["register", "login", "factor", "reauthenticate"] as const;
export type PasskeyPurpose = (typeof passkeyPurposes)[number];
