export const isDate = { $type: "date" } as const;
/** A sign-up that nobody confirmed, nor used while that was not asked for. */
export const unused = { emailConfirmedAt: null, lastLoginAt: null };
/** The same, and nothing hangs on it: an account from before logins were noted may have posts or roles. */
export const untouched = { ...unused, postCount: { $not: { $gt: 0 } }, "roles.0": { $exists: false } };
/** A name is kept for so long for a sign-up that nobody confirmed; then anyone can have it. */
export const NAME_KEPT_MS = 86_400_000;
