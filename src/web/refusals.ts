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
