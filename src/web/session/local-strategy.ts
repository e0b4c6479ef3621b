import type { Request, Response } from "express";
import passport from "passport";
import { Strategy } from "passport-local";
import type { Credentials } from "../../forms/auth/login.js";

/** Finds the user with these credentials, or null. `Entered` has the user. */
type Check<Entered> = (credentials: Credentials) => Promise<Entered | null>;

/** Runs passport-local as a promise. It reads the credentials from the body. Returns what `check` returns. */
export function readCredentials<Entered>(
  req: Request,
  res: Response,
  credentials: Credentials,
  check: Check<Entered>,
): Promise<Entered | null> {
  req.body = credentials;
  const local = new Strategy({ usernameField: "login", session: false }, (login, password, done) => {
    check({ login, password }).then((entered) => done(null, (entered as never) ?? false), done);
  });
  return new Promise((resolve, reject) => {
    const answer = (error: unknown, entered: unknown) =>
      error ? reject(error) : resolve((entered as Entered) || null);
    passport.authenticate(local, answer)(req, res, reject);
  });
}
