/** What a use case can return instead of a value. A function names its subset: `Outcome<"done" | "unchanged">`. */
type Word =
  /** The change was made. */
  | "done"
  /** Nothing was written: it was already so, or another request was faster. */
  | "unchanged"
  /** Nothing was written: it has changed since it was read. */
  | "stale"
  /** The mailed link was already used. */
  | "used"
  /** One exists already, and there can be only one. */
  | "exists"
  /** It does not exist any more, or not for this actor. */
  | "not-found"
  /** It was created, and deleted since. */
  | "deleted"
  /** Another account has the username. */
  | "username-taken"
  /** Another account has the email address. */
  | "email-taken"
  /** Another domain has the slug. */
  | "slug-taken"
  /** A value passed the form, but does not fit the other values or the stored ones. */
  | "invalid"
  /** The password is wrong. */
  | "wrong-password"
  /** The actor may not do this, or not in this way. */
  | "forbidden"
  /** The last change was too recent. */
  | "too-early"
  /** The limit is reached. */
  | "limit-reached"
  /** The first request with this key has not finished. */
  | "in-progress"
  /** The key was used before, with another request. */
  | "key-reused"
  /** The account is disabled. */
  | "disabled"
  /** The email address of the account is not confirmed. */
  | "unconfirmed"
  /** The email address of the account is already confirmed. */
  | "confirmed"
  /** The account has no email address. */
  | "no-email"
  /** No other superadmin would be left. */
  | "last-superadmin"
  /** The recipient's mail server refuses the address permanently. */
  | "rejected";

/** One of these words; any other word does not compile. */
export type Outcome<Words extends Word = Word> = Words;
