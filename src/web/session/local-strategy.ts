import type { Request, Response } from "express";
import passport from "passport";
import { Strategy } from "passport-local";
import type { Credentials } from "../../forms/auth/login.js";
import type { User } from "../../models/user.js";

/** Finds the user with these credentials, or null. */
export type Check = (credentials: Credentials) => Promise<User | null>;

/** Runs passport-local as a promise. It reads the credentials from the body. Returns their user, or null. */
export function readCredentials(
  req: Request,
  res: Response,
  credentials: Credentials,
  check: Check,
): Promise<User | null> {
  req.body = credentials;
  const local = new Strategy({ usernameField: "login", session: false }, (login, password, done) => {
    check({ login, password }).then((user) => done(null, (user as never) ?? false), done);
  });
  return new Promise((resolve, reject) => {
    const answer = (error: unknown, user: unknown) => (error ? reject(error) : resolve((user as User) || null));
    passport.authenticate(local, answer)(req, res, reject);
  });
}
