import type { Request, Response } from "express";
import passport from "passport";
import { Strategy } from "passport-local";
import type { Credentials } from "../forms/login.js";
import { Device } from "../models/device.js";
import { User } from "../models/user.js";
import { browserOf } from "./device.js";
import { spendLoginAttempt } from "./limits.js";

passport.use(
  new Strategy({ usernameField: "login", passReqToCallback: true, session: false }, (req, login, password, done) => {
    authenticate(req, login, password).then((user) => done(null, (user as never) ?? false), done);
  }),
);

/** Counts the try, the same for accounts that do not exist, then compares. */
async function authenticate(req: Request, login: string, password: string): Promise<User | null> {
  const here = req.res ? await Device.accountsOf(browserOf(req, req.res)) : [];
  const user = await User.findByLogin(login, here);
  await spendLoginAttempt(req, user?.id ?? login.toLowerCase(), user !== null && here.includes(user.id));
  return User.authenticate(user, password);
}

/** The person who logs in with these credentials, or null: passport-local as a promise. It reads them from the body. */
export function credentialsOf(req: Request, res: Response, credentials: Credentials): Promise<User | null> {
  req.body = credentials;
  return new Promise((resolve, reject) => {
    const answer = (error: unknown, user: unknown) => (error ? reject(error) : resolve((user as User) || null));
    passport.authenticate("local", answer)(req, res, reject);
  });
}
