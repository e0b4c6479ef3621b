/** An error that has a page: a status, a heading and a sentence that a person can act on. */
export class HttpError extends Error {
  readonly status: number;
  readonly heading: string;
  /** Headers that the answer must carry, such as Retry-After or Allow. */
  readonly headers: Record<string, string>;

  constructor(status: number, heading: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.name = new.target.name;
    this.status = status;
    this.heading = heading;
    this.headers = headers;
  }
}

export class BadRequest extends HttpError {
  constructor() {
    super(400, "That request makes no sense to us", "Something in the address or the form is malformed.");
  }
}

export class Forbidden extends HttpError {
  constructor(message = "You are signed in, but this is not yours to do.") {
    super(403, "You may not do that", message);
  }
}

/** People do not open accounts here by themselves (REGISTRATION). */
export class RegistrationClosed extends HttpError {
  readonly again = { to: "/login", text: "Log in" };
  constructor(mode: "invite" | "closed") {
    if (mode === "closed") super(403, "No new accounts for now", "Whoever has an account here can go on using it.");
    else
      super(
        403,
        "By invitation only",
        "Were you invited? Open the link in that mail. Else ask whoever told you of us.",
      );
  }
}

/** The form's token is missing or stale, or the request came from another site. */
export class ForgedRequest extends HttpError {
  constructor() {
    super(
      403,
      "This form has expired",
      "We could not tell that the form came from you. Nothing was changed. Go back, copy what you wrote, reload the page, and send it again.",
    );
  }
}

export class NotFound extends HttpError {
  constructor() {
    super(404, "There is nothing here", "The page may have moved, or it is not meant for everyone.");
  }
}

/** A mailed link that is used up, too old, or replaced by a newer one. */
export class DeadLink extends HttpError {
  /** What to do instead. */
  readonly again: { to: string; text: string };
  constructor(to: string, text = "Ask for a new link", advice = "You can ask for another one.") {
    super(
      404,
      "This link does not work any more",
      `Links from mails work once, for a limited time, and most of them until a newer one comes. ${advice}`,
    );
    this.again = { to, text };
  }
}

/** Somebody accepted an invitation, or took it back, before it could be changed. */
export class InvitationOver extends HttpError {
  readonly again = { to: "/admin/invitations", text: "All invitations" };
  constructor() {
    super(
      409,
      "This invitation is over",
      "It was accepted, taken back, or is for a place that is gone. Nothing was changed.",
    );
  }
}

/** A link that protects an account is used up or too old; a new password protects it too. */
export class SpentProtection extends DeadLink {
  constructor() {
    super(
      "/password-reset",
      "Choose a new password",
      "If somebody else is in your account, a new password locks them out.",
    );
  }
}

/** An address was free when a link was asked for, and belongs to another account by now. */
export class AddressTaken extends HttpError {
  constructor(email: string, consequence: string) {
    super(
      409,
      "This address has another account by now",
      `Somebody confirmed ${email} for another account. ${consequence}`,
    );
  }
}

export class MethodNotAllowed extends HttpError {
  constructor(allowed: string[]) {
    super(405, "That does not work here", "This address exists, but not for this kind of request.", {
      Allow: allowed.join(", "),
    });
  }
}

export class TooLarge extends HttpError {
  constructor(
    advice = "What you sent is larger than we accept. Go back: your text is still there. Shorten it and try again.",
  ) {
    super(413, "That is too much at once", advice);
  }
}

export class UnsupportedMediaType extends HttpError {
  constructor(what = "This address takes an ordinary form.") {
    super(415, "We cannot read that", what);
  }
}

export class TooManyRequests extends HttpError {
  constructor(retryAfterSeconds: number) {
    const minutes = Math.ceil(retryAfterSeconds / 60);
    const wait = minutes > 1 ? `${minutes} minutes` : "a minute";
    super(429, "Too many attempts", `To keep accounts safe we slow down here. Please try again in ${wait}.`, {
      "Retry-After": String(retryAfterSeconds),
    });
  }
}

/** Nobody knows whether a request that broke off was done; forms that make something make it once (lib/once-keys.ts). */
const UNKNOWN =
  "Please try again in a few seconds. If you sent a form, we do not know whether it was saved. You can look first, or send the same form again: it creates nothing twice.";

export class Unavailable extends HttpError {
  constructor(retryAfterSeconds = 5) {
    super(503, "We are busy for a moment", UNKNOWN, { "Retry-After": String(retryAfterSeconds) });
  }
}
