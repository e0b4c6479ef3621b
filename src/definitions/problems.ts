/** A kind of error: its status, its title in problem documents, and what its page explains. */
type Problem = {
  status: number;
  title: string;
  /** What it means, what to do, and the `detail` of an example. */
  meaning: string;
  remedy: string;
  example: string;
  /** Entries of `errors` in the example. */
  errors?: readonly object[];
};

/**
 * All kinds of errors, by name. The name is part of the `type` of a problem document (RFC 9457, 3.1.1), so clients
 * depend on it: never rename one.
 */
export const problemKinds = {
  "bad-request": {
    status: 400,
    title: "Bad request",
    meaning: "The address, the JSON or the form can't be read.",
    remedy: "Check the syntax of the address and of the body. Sending the same request again has the same result.",
    example: "The address or the form isn't valid. Reload the page and try again.",
  },
  "invalid-idempotency-key": {
    status: 400,
    title: "Invalid Idempotency-Key",
    meaning: "The header Idempotency-Key is empty, too long, or has characters that aren't allowed.",
    remedy: "Send 1 to 255 visible ASCII characters without spaces, for example a UUID.",
    example: "Send 1 to 255 visible ASCII characters, without spaces.",
  },
  "not-authenticated": {
    status: 401,
    title: "Not authenticated",
    meaning: "The call requires a bearer token, and the request has none, or an invalid, expired or revoked one.",
    remedy:
      "Refresh the token (POST /api/v1/auth/refresh), log in again (POST /api/v1/auth/login), or send a valid API token.",
    example: "This call requires a valid bearer token. Log in or refresh the token.",
  },
  "wrong-credentials": {
    status: 401,
    title: "Wrong credentials",
    meaning: "There's no account with this email or username and this password, or there were too many attempts.",
    remedy: "Check what was typed. After several failed attempts, wait 15 minutes or reset the password.",
    example: "Incorrect email, username or password.",
  },
  "second-factor-required": {
    status: 401,
    title: "Second factor required",
    meaning: "The password is right, and the account has a second factor, and the login must include it.",
    remedy: "Repeat the call with `otp`, the code of the authenticator app, or with `recovery_code`.",
    example: "This account has a second factor. Send otp or recovery_code too.",
  },
  "wrong-code": {
    status: 401,
    title: "Wrong code",
    meaning: "The password is right, but the code is wrong or was used before, or there were too many wrong ones.",
    remedy: "Wait for the next code of the app. After several wrong codes, wait 15 minutes.",
    example: "This code is wrong or was used before.",
  },
  forbidden: {
    status: 403,
    title: "Not allowed",
    meaning: "The user is known, but may not do this: a permission is missing, or the account isn't ready for it.",
    remedy: "Read `detail`. Ask an admin for the permission if you need it.",
    example: "Your account doesn't have permission to do this.",
  },
  "login-refused": {
    status: 403,
    title: "Login refused",
    meaning: "The password or the link is right, but a rule of this installation doesn't let this user log in now.",
    remedy: "Read `detail`. Ask an administrator of the site if you don't know why.",
    example: "You can log in between 08:00 and 18:00.",
  },
  "insufficient-scope": {
    status: 403,
    title: "Insufficient scope",
    meaning: "The API token doesn't have the scope that the call requires, or the call doesn't accept API tokens.",
    remedy: "Create a token with the scope that `detail` names, or log in and use an access token.",
    example: "This call requires a token with the scope posts.write.",
  },
  "login-too-old": {
    status: 403,
    title: "Log in again",
    meaning: "The call requires a login within the last ten minutes. Refreshing a token doesn't count as a login.",
    remedy: "Log in (POST /api/v1/auth/login) and repeat the call with the new access token.",
    example: "This call requires a login within the last ten minutes.",
  },
  "password-change-required": {
    status: 403,
    title: "Password change required",
    meaning: "An admin chose the password of this account. Its owner must replace it before anything else.",
    remedy:
      "Change the password (POST /api/v1/users/me/password), and repeat the call with the access token in the response.",
    example: "Change your password first (POST /api/v1/users/me/password). An admin chose the current one.",
  },
  "second-factor-setup-required": {
    status: 403,
    title: "Second factor required",
    meaning: "This installation requires a second factor of this user, and the account has none.",
    remedy:
      "Add an authenticator app or a passkey in a browser, at /account/factors. Log in again and repeat the call.",
    example: "Add a second factor first, in a browser at /account/factors.",
  },
  "registration-closed": {
    status: 403,
    title: "Registration is closed",
    meaning: "Users can't create accounts themselves on this site, or only with an invitation.",
    remedy: "Open the link of an invitation, or ask an admin for one.",
    example: "No new accounts can be created. If you already have one, log in as usual.",
  },
  "forged-form": {
    status: 403,
    title: "Form refused",
    meaning: "The form has no valid CSRF token, or came from another site. Nothing was changed.",
    remedy: "In a browser, reload the page and send the form again. Programs use the API instead.",
    example: "Nothing was changed. Go back, reload the page and send the form again.",
  },
  "not-found": {
    status: 404,
    title: "Not found",
    meaning: "There's nothing at this address, or you may not see it.",
    remedy: "Check the address and the ID. Log in if only members can see it.",
    example: "It may have moved, or you may need to log in to see it.",
  },
  "invalid-link": {
    status: 404,
    title: "Link no longer valid",
    meaning: "The link or token from an email was already used, has expired, or was replaced by a newer one.",
    remedy: "Request a new email and use its link.",
    example: "Links in our emails can be used once and for a limited time, and a newer link replaces older ones.",
  },
  "method-not-allowed": {
    status: 405,
    title: "Method not allowed",
    meaning: "The address exists, but not with this HTTP method.",
    remedy: "Use one of the methods in the header Allow.",
    example: "This page doesn't accept this kind of request.",
  },
  "not-acceptable": {
    status: 406,
    title: "No JSON here",
    meaning: "The address is a page for browsers, and the request asks for JSON.",
    remedy: "Use the call of the API that `detail` names. The documentation of all calls is at /apidocs.",
    example: "This page is for browsers. Programs use GET /api/v1/users/me, documented at /apidocs.",
  },
  conflict: {
    status: 409,
    title: "Conflict",
    meaning: "The current state doesn't allow the change. Nothing was changed.",
    remedy: "Read `detail`, and the current state, before you try again.",
    example: "You're the only superadmin. Make someone else a superadmin first.",
  },
  "request-in-progress": {
    status: 409,
    title: "Request in progress",
    meaning: "The first request with this Idempotency-Key hasn't finished.",
    remedy: "Wait for the seconds in Retry-After, then repeat the request with the same key.",
    example: "The first request with this key hasn't finished. Try again in a moment with the same key.",
  },
  deleted: {
    status: 409,
    title: "Deleted in the meantime",
    meaning: "What the first request with this Idempotency-Key created has been deleted.",
    remedy: "Send another key to create it again.",
    example: "What this key created has been deleted. Send another key to create it again.",
  },
  "changed-meanwhile": {
    status: 412,
    title: "Changed in the meantime",
    meaning: "The object has changed since you read the version in If-Match. Nothing was saved.",
    remedy: "Read the object again, and repeat the change with its new ETag.",
    example: "It has changed since you read it. Nothing was saved. Read it again, then repeat the change.",
  },
  "too-large": {
    status: 413,
    title: "Too large",
    meaning: "The body is larger than this address accepts.",
    remedy: "Send less.",
    example: "Nothing was saved. Shorten what you typed and send it again.",
  },
  "unsupported-media-type": {
    status: 415,
    title: "Unsupported format",
    meaning: "The address doesn't accept a body of this type: calls of the API take JSON, pages take forms.",
    remedy: "Send JSON with Content-Type: application/json to the API. Its calls are documented at /apidocs.",
    example: "Send JSON with Content-Type: application/json.",
  },
  "validation-failed": {
    status: 422,
    title: "Validation failed",
    meaning: "The request can be read, but a value isn't valid. Nothing was changed.",
    remedy:
      "Each entry of `errors` names the place: `pointer` into the body (RFC 6901), `parameter` of the address, or `field` of a form.",
    example: "Give the post a title.",
    errors: [{ pointer: "#/title", detail: "Give the post a title." }],
  },
  "idempotency-key-reused": {
    status: 422,
    title: "Idempotency-Key already used",
    meaning: "The Idempotency-Key was sent with a different request before.",
    remedy: "Create a new key for each request, and send the same one only to repeat the same request.",
    example: "It was sent with a different request. Send another key with this one.",
  },
  "too-many-requests": {
    status: 429,
    title: "Too many requests",
    meaning: "A limit that protects accounts or the site has been reached.",
    remedy: "Wait for the seconds in Retry-After, then try again.",
    example: "We limit this to protect accounts. Please try again in a minute.",
  },
  "internal-error": {
    status: 500,
    title: "Internal error",
    meaning: "Something went wrong on our side. It has been logged under the `requestId`.",
    remedy: "Try again in a moment. If it happens again, report the `requestId`.",
    example: "We've logged the problem. Please try again in a moment.",
  },
  unavailable: {
    status: 503,
    title: "Unavailable",
    meaning: "The site can't answer right now. It's unknown whether the request had an effect.",
    remedy:
      "Wait for the seconds in Retry-After and repeat the request. With an Idempotency-Key, nothing is created twice.",
    example: "Please try again in a few seconds.",
  },
  "search-too-slow": {
    status: 503,
    title: "Search too slow",
    meaning: "The search was ended after a second, because too many posts contain its words.",
    remedy: "Search for rarer words, or only in the posts of one author or organization.",
    example: "Too many posts contain these words.",
  },
} as const satisfies Record<string, Problem>;

export type ProblemName = keyof typeof problemKinds;

export const problemNames = Object.keys(problemKinds) as ProblemName[];

/** The first kind of each status: errors without a kind of their own use it. */
const usual = new Map([...problemNames].reverse().map((name) => [problemKinds[name].status as number, name]));

/** Returns the usual kind of errors with this status. */
export const findProblemName = (status: number): ProblemName =>
  usual.get(status) ?? (status < 500 ? "bad-request" : "internal-error");

export const isProblemName = (name: string): name is ProblemName => Object.hasOwn(problemKinds, name);

/** Returns the URI of a kind, relative to the site: the address of its page. */
export const getProblemType = (name: ProblemName): string => `/problems/${name}`;

/** Returns an example of a problem document of this kind. */
export function createProblemExample(name: ProblemName): object {
  const { status, title, example, errors }: Problem = problemKinds[name];
  const type = getProblemType(name);
  return { type, title, status, detail: example, requestId: "0f8e4a1c-8f5b-4c0e-9a4d-6d1f0c9be2a7", errors };
}
