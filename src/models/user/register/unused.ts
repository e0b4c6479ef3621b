import { trusted } from "mongoose";

export const isDate = { $type: "date" } as const;
/** A sign-up that nobody confirmed, nor used while that was not asked for. */
export const unused = { emailConfirmedAt: null, lastLoginAt: null };
/** The same, and nothing hangs on it: an account from before logins were noted may have posts or roles. */
export const untouched = { ...unused, postCount: trusted({ $in: [0, null] }), "roles.0": trusted({ $exists: false }) };
/** Holds while nothing ended the sessions of an account since it was read; accounts from before 0.2 have no epoch stored. */
export const matchEpoch = (epoch: number) => ({ sessionEpoch: epoch === 0 ? trusted({ $in: [0, null] }) : epoch });
/** How long a name is kept for an unconfirmed sign-up; then anyone can have it. */
export const NAME_KEPT_MS = 86_400_000;
