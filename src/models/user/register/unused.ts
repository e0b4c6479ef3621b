import { trusted } from "mongoose";

export const isDate = { $type: "date" } as const;
/** Matches registrations that were never confirmed or used. */
export const unused = { emailConfirmedAt: null, lastLoginAt: null };
/** Matches unused registrations without posts and roles. Accounts from before logins were recorded may have some. */
export const untouched = { ...unused, postCount: trusted({ $in: [0, null] }), "roles.0": trusted({ $exists: false }) };
/**
 * Matches while no change has ended the account's sessions since it was read. Accounts from before 0.2 have no stored
 * epoch, which equals 0.
 */
export const matchEpoch = (epoch: number) => ({ sessionEpoch: epoch === 0 ? trusted({ $in: [0, null] }) : epoch });
/** Time for which an unconfirmed registration reserves its username. */
export const NAME_KEPT_MS = 86_400_000;
