/**
 * State of the recovery of lost second factors, for the second step of a login: nobody has started it ("none"), the user
 * must wait ("waiting"), another admin must confirm it ("unconfirmed"), or the user can finish it ("due"). "no-address" means
 * that there is no confirmed address for the link.
 */
export type FactorRecoveryState = "none" | "no-address" | "waiting" | "unconfirmed" | "due";
