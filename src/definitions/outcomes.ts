/** What a use case can answer instead of a value. A function names its subset: `Outcome<"done" | "unchanged">`. */
type Word =
  /** The change was made. */
  | "done"
  /** Nothing was written: it was so already, or another request was faster. */
  | "unchanged"
  /** Nothing was written: it has changed since it was read. */
  | "stale"
  /** The mailed link did its work before. */
  | "used"
  /** There is already one, and there can be only one. */
  | "exists"
  /** There is no such thing any more, or not for this actor. */
  | "not-found"
  /** It was made, and deleted since. */
  | "deleted"
  /** Another account has the username. */
  | "username-taken"
  /** Another account has the email address. */
  | "email-taken"
  /** Another domain has the address. */
  | "slug-taken"
  /** A value that passed the form does not fit the others that came with it, or what is stored. */
  | "invalid"
  /** The password is wrong. */
  | "wrong-password"
  /** The actor may not do this, or not in this way. */
  | "forbidden"
  /** The last change was not long enough ago. */
  | "too-early"
  /** There are as many as there may be. */
  | "limit-reached"
  /** The first request with this key has not finished. */
  | "in-progress"
  /** The key came before, with another request. */
  | "key-reused"
  /** The account is disabled. */
  | "disabled"
  /** The email address of the account is not confirmed. */
  | "unconfirmed"
  /** The email address of the account is confirmed already. */
  | "confirmed"
  /** The account has no email address. */
  | "no-email"
  /** Nobody could manage the site any more. */
  | "last-superadmin"
  /** The receiving mail server refuses the address for good. */
  | "rejected";

/** An outcome of one of these words; another word does not compile. */
export type Outcome<Words extends Word = Word> = Words;
