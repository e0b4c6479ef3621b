import { HttpError } from "../errors.js";

/** Asks for a proof before a form is taken: a login, or the password once more. */
export class ProofNeeded extends HttpError {
  readonly to: string;
  constructor(to: string) {
    super(401, "Confirm that it is you", "Nothing was changed. What you typed is kept: it comes back after this step.");
    this.to = to;
  }
}

/** Somebody else wrote in the very moment between reading and writing. Sent again, the form shows what they wrote. */
export class ChangedMeanwhile extends HttpError {
  constructor() {
    super(409, "This was changed at the same moment", "Nothing was saved. Send it again to see what is stored now.");
  }
}

/** An admin is themselves again: what they sent in the other name is not taken. */
export class ActingEnded extends HttpError {
  constructor() {
    super(
      403,
      "You are yourself again",
      "Acting as somebody else has ended, so what you sent in their name was not taken. Nothing was changed.",
    );
  }
}
