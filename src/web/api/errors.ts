import { HttpError } from "../../errors.js";
import type { Mistake } from "../../forms/api/endpoint.js";

/** 401: the token is missing or invalid (RFC 6750, 3). */
export class Unauthorized extends HttpError {
  constructor(
    message = "This call requires a valid bearer token. Log in or refresh the token.",
    error = "invalid_token",
  ) {
    super(401, "Not authenticated", message, {
      "WWW-Authenticate": `Bearer realm="api"${error && `, error="${error}"`}`,
    });
  }
}

/** 401: the email, username or password of a login is wrong. */
export class WrongCredentials extends Unauthorized {
  override readonly problem = "wrong-credentials";
  constructor() {
    super("Incorrect email, username or password.", "");
  }
}

/** 401: the password is right, and the second factor of the account is missing. */
export class SecondFactorRequired extends Unauthorized {
  override readonly problem = "second-factor-required";
  constructor() {
    super("This account has a second factor. Send otp or recovery_code too.", "");
  }
}

/** 401: the password is right, and the code is not. */
export class WrongCode extends Unauthorized {
  override readonly problem = "wrong-code";
  constructor() {
    super(
      "This code is wrong or was used before. After several wrong codes, wait 15 minutes before you try again.",
      "",
    );
  }
}

/** 403: the token does not have the required scope. */
export class InsufficientScope extends HttpError {
  override readonly problem = "insufficient-scope";
  constructor(scope: string | null) {
    const message = scope
      ? `This call requires a token with the scope ${scope}.`
      : "This call doesn't accept API tokens. Log in and use an access token.";
    const named = scope ? `, scope="${scope}"` : "";
    super(403, "Not allowed", message, {
      "WWW-Authenticate": `Bearer realm="api", error="insufficient_scope"${named}`,
    });
  }
}

/** 403: this call needs a recent login. The error code is defined in RFC 9470. */
export class LoginTooOld extends HttpError {
  override readonly problem = "login-too-old";
  constructor() {
    const message =
      "This call requires a login within the last ten minutes. Log in again (POST /api/v1/auth/login) or confirm the password (POST /api/v1/users/me/reauthentication), and repeat the call with the new access token.";
    super(403, "Log in again", message, {
      "WWW-Authenticate": 'Bearer realm="api", error="insufficient_user_authentication", max_age="600"',
    });
  }
}

/** 403: an admin chose the password, and the user has not replaced it. */
export class PasswordChangeRequired extends HttpError {
  override readonly problem = "password-change-required";
  constructor() {
    super(
      403,
      "Password change required",
      "Change your password first (POST /api/v1/users/me/password). An admin chose the current one.",
    );
  }
}

/** 403: the installation requires a second factor of the user, who has none. */
export class FactorSetupRequired extends HttpError {
  override readonly problem = "second-factor-setup-required";
  constructor() {
    super(403, "Second factor required", "Add a second factor first, in a browser at /account/factors.");
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
    super(
      412,
      "Changed in the meantime",
      "It has changed since you read it. Nothing was saved. Read it again, then repeat the change.",
    );
  }
}

/** 409: the current state does not allow the call. */
export class Conflict extends HttpError {
  constructor(message: string) {
    super(409, "Conflict", message);
  }
}

/** 400: the Idempotency-Key is malformed. */
export class BadKey extends HttpError {
  override readonly problem = "invalid-idempotency-key";
  constructor() {
    super(400, "Invalid Idempotency-Key", "Send 1 to 255 visible ASCII characters, without spaces.");
  }
}

/** 422: the Idempotency-Key was used with another request before. */
export class KeyUsed extends HttpError {
  override readonly problem = "idempotency-key-reused";
  constructor() {
    super(422, "Idempotency-Key already used", "It was sent with a different request. Send another key with this one.");
  }
}

/** 409: the first request with this Idempotency-Key is still in progress. */
export class InFlight extends HttpError {
  override readonly problem = "request-in-progress";
  constructor() {
    super(
      409,
      "Request in progress",
      "The first request with this key hasn't finished. Try again in a moment with the same key.",
      { "Retry-After": "1" },
    );
  }
}

/** 409: the object created with this Idempotency-Key has been deleted. */
export class Undone extends HttpError {
  override readonly problem = "deleted";
  constructor() {
    super(
      409,
      "Deleted in the meantime",
      "What this key created has been deleted. Send another key to create it again.",
    );
  }
}
