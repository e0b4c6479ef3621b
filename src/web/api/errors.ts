import { HttpError } from "../../errors.js";
import type { Mistake } from "../../forms/api/endpoint.js";

/** 401: the token is missing or invalid (RFC 6750, 3). */
export class Unauthorized extends HttpError {
  constructor(message = "This takes a bearer token that is valid: log in, or refresh it.", error = "invalid_token") {
    super(401, "Who are you?", message, { "WWW-Authenticate": `Bearer realm="api"${error && `, error="${error}"`}` });
  }
}

/** 403: the token lacks the scope. */
export class InsufficientScope extends HttpError {
  constructor(scope: string | null) {
    const message = scope
      ? `This token was not made for it: that takes the scope ${scope}.`
      : "No API token may do that, whatever its scopes: log in instead.";
    const named = scope ? `, scope="${scope}"` : "";
    super(403, "You may not do that", message, {
      "WWW-Authenticate": `Bearer realm="api", error="insufficient_scope"${named}`,
    });
  }
}

/** 403: this call needs a recent login; the error code is that of RFC 9470. */
export class LoginTooOld extends HttpError {
  constructor() {
    const message =
      "Log in again (POST /api/v1/auth/login), and repeat the call with the new access token: this takes a login of the last ten minutes.";
    super(403, "Log in again for this", message, {
      "WWW-Authenticate": 'Bearer realm="api", error="insufficient_user_authentication", max_age="600"',
    });
  }
}

/** 422: the input is invalid; `mistakes` lists the errors. */
export class Unprocessable extends HttpError {
  readonly mistakes: Mistake[];
  constructor(mistakes: Mistake[]) {
    super(422, "There is a problem", mistakes.map(({ detail }) => detail).join(" "));
    this.mistakes = mistakes;
  }
}

/** 412: the resource has changed since the client read it (RFC 9110, 13.1.1). */
export class PreconditionFailed extends HttpError {
  constructor() {
    super(412, "It has changed meanwhile", "Read it again, and decide anew. Nothing was changed.");
  }
}

/** 409: the current state does not allow the call. */
export class Conflict extends HttpError {
  constructor(message: string) {
    super(409, "That cannot be done now", message);
  }
}

/** 400: the Idempotency-Key is malformed. */
export class BadKey extends HttpError {
  constructor() {
    super(400, "That is no Idempotency-Key", "It takes 1 to 255 visible ASCII characters, without spaces.");
  }
}

/** 422: the Idempotency-Key was used with another request before. */
export class KeyUsed extends HttpError {
  constructor() {
    super(422, "This Idempotency-Key was used before", "Something else was sent with it. Send another key with this.");
  }
}

/** 409: the first request with this Idempotency-Key is still in progress. */
export class InFlight extends HttpError {
  constructor() {
    super(409, "That is being done right now", "Ask again in a moment, with the same key.", { "Retry-After": "1" });
  }
}

/** 409: what was created with this Idempotency-Key has been deleted. */
export class Undone extends HttpError {
  constructor() {
    super(
      409,
      "That was done, and undone since",
      "What this key stands for was deleted. Send another key to do it anew.",
    );
  }
}
