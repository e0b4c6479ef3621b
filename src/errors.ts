import type { ProblemName } from "./definitions/problems.js";

/** An error with a page: a status, a heading and a sentence that helps the user. */
export class HttpError extends Error {
  /** Its kind in problem documents, if it isn't the usual one of its status. */
  readonly problem?: ProblemName;
  readonly status: number;
  readonly heading: string;
  /** Headers of the response, such as Retry-After or Allow. */
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
    super(400, "We can't read this request", "The address or the form isn't valid. Reload the page and try again.");
  }
}

export class Forbidden extends HttpError {
  constructor(message = "Your account doesn't have permission to do this.") {
    super(403, "You don't have access", message);
  }
}

/** A hook of this installation doesn't let this user log in (site/account-hooks.ts). */
export class LoginRefused extends HttpError {
  override readonly problem = "login-refused";
  constructor(message: string) {
    super(403, "You can't log in", message);
  }
}

/** Registration is closed or by invitation only (REGISTRATION). */
export class RegistrationClosed extends HttpError {
  override readonly problem = "registration-closed";
  readonly again = { to: "/login", text: "Log in" };
  constructor(mode: "invite" | "closed") {
    if (mode === "closed")
      super(403, "Registration is closed", "No new accounts can be created. If you already have one, log in as usual.");
    else
      super(
        403,
        "By invitation only",
        "If you were invited, open the link in the email. Otherwise ask an administrator for an invitation.",
      );
  }
}

/** The CSRF token of a form is missing or stale, or the request came from another site. */
export class ForgedRequest extends HttpError {
  override readonly problem = "forged-form";
  constructor(
    heading = "This form has expired",
    message = "Nothing was changed. Go back, reload the page and send the form again.",
  ) {
    super(403, heading, message);
  }
}

export class NotFound extends HttpError {
  constructor() {
    super(404, "Page not found", "It may have moved, or you may need to log in to see it.");
  }
}

/** The mailed link was used, has expired, or was replaced by a newer one. */
export class InvalidLink extends HttpError {
  override readonly problem = "invalid-link";
  /** What to do instead. */
  readonly again: { to: string; text: string };
  constructor(to: string, text = "Request a new link", advice = "You can request a new one.") {
    super(
      404,
      "This link is no longer valid",
      `Links in our emails can be used once and for a limited time, and a newer link replaces older ones. ${advice}`,
    );
    this.again = { to, text };
  }
}

/** The link of an invitation that was revoked, has expired, or whose sender may no longer invite. */
export class InvalidInvitation extends InvalidLink {
  constructor() {
    super("/login", "Log in", "If you've already accepted it, log in. Otherwise ask for a new invitation.");
  }
}

/** The invitation was accepted or revoked before the change. */
export class InvitationClosed extends HttpError {
  readonly again = { to: "/admin/invitations", text: "All invitations" };
  constructor() {
    super(
      409,
      "This invitation is no longer valid",
      "It was accepted or cancelled, or its organization was deleted. Nothing was changed.",
    );
  }
}

/** The link that protects an account was used or has expired. A new password also protects the account. */
export class UsedProtectionLink extends InvalidLink {
  constructor() {
    super(
      "/password-reset",
      "Choose a new password",
      "If someone else has access to your account, a new password logs them out.",
    );
  }
}

/** The email was free when the link was requested, but now belongs to another account. */
export class AddressTaken extends HttpError {
  constructor(email: string, consequence: string) {
    super(
      409,
      "This email address belongs to another account",
      `${email} has been confirmed for another account. ${consequence}`,
    );
  }
}

export class MethodNotAllowed extends HttpError {
  constructor(allowed: string[]) {
    super(405, "This request isn't allowed", "This page doesn't accept this kind of request.", {
      Allow: allowed.join(", "),
    });
  }
}

export class TooLarge extends HttpError {
  constructor(
    advice = "Nothing was saved. Shorten what you typed and send it again. If you can't see your text on this page, go back to the form.",
  ) {
    super(413, "This is too large", advice);
  }
}

export class UnsupportedMediaType extends HttpError {
  constructor(what = "This page doesn't accept data in this format.") {
    super(415, "Unsupported format", what);
  }
}

/** The page has no JSON: `instead` is the call for programs. */
export class NotAcceptable extends HttpError {
  constructor(instead: string) {
    super(406, "This page is for browsers", instead);
  }
}

export class TooManyRequests extends HttpError {
  constructor(retryAfterSeconds: number) {
    const minutes = Math.ceil(retryAfterSeconds / 60);
    const wait = minutes > 1 ? `${minutes} minutes` : "a minute";
    super(429, "Too many attempts", `We limit this to protect accounts. Please try again in ${wait}.`, {
      "Retry-After": String(retryAfterSeconds),
    });
  }
}

/**
 * It is unknown whether an interrupted request was handled. Forms that create something act only once
 * (lib/once-keys.ts).
 */
const UNKNOWN =
  "Please try again in a few seconds. If you sent a form, we don't know whether it was saved. You can check first, or send the same form again: nothing is created twice.";

export class Unavailable extends HttpError {
  constructor(retryAfterSeconds = 5) {
    super(503, "The site isn't available right now", UNKNOWN, { "Retry-After": String(retryAfterSeconds) });
  }
}

/** A search was ended because too many posts contain its words. */
export class SearchTooSlow extends HttpError {
  override readonly problem = "search-too-slow";
  constructor() {
    super(
      503,
      "This search takes too long",
      "Too many posts contain these words. Search for rarer words, or only in the posts of one author or organization.",
      { "Retry-After": "5" },
    );
  }
}
