import type { Request, RequestHandler, Response } from "express";
import session from "express-session";
import passport from "passport";
import { Strategy } from "passport-local";
import { actorOf, type Person } from "../actor.js";
import { config } from "../config.js";
import { log } from "../log.js";
import { User } from "../models/user.js";
import { isSafe } from "./addresses.js";
import { clearCookie, cookieName, setCookie, valueOfCookie } from "./cookies.js";
import { freshSecret } from "./csrf.js";
import { spendLoginAttempt } from "./limits.js";
import { SessionStore } from "./session-store.js";

declare global {
  namespace Express {
    interface User extends Person {}
    interface Request {
      /** The person read together with the session. */
      person?: Person | undefined;
    }
  }
}
declare module "express-session" {
  interface SessionData {
    epoch: number;
    signedInAt: number;
    /** When the person signed in before this time, for the dashboard. */
    previousSignInAt: number | null;
    ip: string;
    agent: string;
    csrfSecret: string;
  }
}

const SESSION_COOKIE = cookieName("sid");
/** Whose account this browser signed in to last; it outlives the session and opens nothing by itself. */
const DEVICE = "device";
const DEVICE_DAYS = 180;

/** Loads the session and the person of a request. Readers without a session cookie pass without any work. */
export function sessions(): RequestHandler {
  const load = session({
    name: SESSION_COOKIE,
    secret: config.sessionSecrets,
    resave: false,
    saveUninitialized: false,
    store: new SessionStore(),
    cookie: { httpOnly: true, sameSite: "lax", secure: config.https, path: "/" },
  });
  const identify: RequestHandler = passport.session();
  return (req, res, next) => {
    if (isSafe(req) && !req.headers.cookie?.includes(SESSION_COOKIE)) return next();
    load(req, res, (error?: unknown) => {
      if (error) return next(error);
      if (!isSafe(req)) return identify(req, res, next);
      // What passport would find too, without the tenth of a page's time that it takes to look (docs/bench).
      if (req.person) req.user = req.person;
      next();
    });
  };
}

type SigningIn = Person & { user: InstanceType<typeof User>; previousSignInAt: Date | null };

passport.serializeUser(((req: Request, person: SigningIn, done: (error: unknown, id?: unknown) => void) => {
  req.session.csrfSecret = freshSecret();
  req.session.epoch = person.user.sessionEpoch;
  req.session.signedInAt = Date.now();
  req.session.previousSignInAt = person.previousSignInAt?.getTime() ?? null;
  const { ip, agent } = actorOf(req);
  Object.assign(req.session, { ip, agent });
  done(null, person.user._id);
}) as never);

passport.deserializeUser(((req: Request, _id: unknown, done: (error: unknown, person?: Person | false) => void) => {
  done(null, req.person ?? false);
}) as never);

passport.use(
  new Strategy({ usernameField: "login", passReqToCallback: true, session: false }, (req, login, password, done) => {
    authenticate(req, login, password).then((user) => done(null, user ?? false), done);
  }),
);

/** Counts the try, the same for accounts that do not exist, then compares. */
async function authenticate(req: Request, login: string, password: string) {
  const user = await User.findByLogin(login);
  const isKnownDevice = user !== null && req.res !== undefined && valueOfCookie(req, req.res, DEVICE) === user.id;
  await spendLoginAttempt(req, user?.id ?? login.toLowerCase(), isKnownDevice);
  return User.authenticate(user, password);
}

/** The person who logs in with these credentials, or null: passport-local as a promise. It reads them from the body. */
export function credentialsOf(
  req: Request,
  res: Response,
  credentials: { login: string; password: string },
): Promise<User | null> {
  req.body = credentials;
  return new Promise((resolve, reject) => {
    const answer = (error: unknown, user: User | false | undefined) => (error ? reject(error) : resolve(user || null));
    passport.authenticate("local", answer)(req, res, reject);
  });
}

/** The only door into a session: renews its id, notes when and from where, and ends the one before. */
export async function signIn(req: Request, user: User): Promise<void> {
  const previousSignInAt = await user.noteSignIn();
  const { id, username, email, postCount } = user;
  const person = { id, username, email, postCount, user, previousSignInAt };
  await new Promise<void>((resolve, reject) => req.logIn(person, (error) => (error ? reject(error) : resolve())));
  if (req.res) setCookie(req.res, DEVICE, id, DEVICE_DAYS);
  log.info({ event: "session.started", user: user.id, ip: req.ip }, "signed in");
}

/** Ends the session on the server and in the browser (ASVS V7.4.1, V14.3.1). */
export async function signOut(req: Request, res: Response): Promise<void> {
  const who = req.user?.id;
  await new Promise<void>((resolve, reject) => req.session.destroy((error) => (error ? reject(error) : resolve())));
  clearCookie(res, "sid");
  res.setHeader("Clear-Site-Data", '"cache"');
  if (who) log.info({ event: "session.ended", user: who, ip: req.ip }, "signed out");
}
