/**
 * Results that a use case can return instead of a value. A function names its subset: `Outcome<"done" | "unchanged">`.
 */
type Word =
  /** The change was made. */
  | "done"
  /** Nothing was written, because the change was already made or another request was faster. */
  | "unchanged"
  /** Nothing was written, because the data has changed since it was read. */
  | "stale"
  /** The mailed link was already used. */
  | "used"
  /** There can be only one, and it already exists. */
  | "exists"
  /** It no longer exists, or the actor may not see it. */
  | "not-found"
  /** It was created, but deleted later. */
  | "deleted"
  /** Another domain has the slug. */
  | "slug-taken"
  /** A value passed the form, but conflicts with other values or stored ones. */
  | "invalid"
  /** The password is wrong. */
  | "wrong-password"
  /** The account has a second factor, and no code was sent. */
  | "code-missing"
  /** The code of the second factor is wrong or was used before. */
  | "wrong-code"
  /** The actor may not do this, or not in this way, for example while impersonating a user. */
  | "forbidden"
  /** The last change was too recent. */
  | "too-early"
  /** The limit is reached. */
  | "limit-reached"
  /** The first request with this key has not finished. */
  | "in-progress"
  /** The key was already used with another request. */
  | "key-reused"
  /** The account is disabled. */
  | "disabled"
  /** The email address of the account is not confirmed. */
  | "unconfirmed"
  /** The email address of the account is already confirmed. */
  | "confirmed"
  /** The account has no email address. */
  | "no-email"
  /** The change would leave no superadmin. */
  | "last-superadmin"
  /** The recipient's mail server permanently refuses the address. */
  | "rejected";

/** One or several of these words. Any other word does not compile. */
export type Outcome<Words extends Word = Word> = Words;

/** Nothing was written, because another account has this value of a field; a unique index decides. */
export type Taken = { taken: string };
/** Nothing was written, because a rule of this installation refuses it. The message is for the user. */
export type Refused = { refused: { field: string; message: string } };

export const isTaken = (outcome: unknown): outcome is Taken => hasKey(outcome, "taken");
export const isRefused = (outcome: unknown): outcome is Refused => hasKey(outcome, "refused");

const hasKey = (outcome: unknown, key: string) => typeof outcome === "object" && outcome !== null && key in outcome;
