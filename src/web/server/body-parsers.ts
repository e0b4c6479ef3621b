import express, { type Request, type RequestHandler, type Response } from "express";
import { TooLarge, UnsupportedMediaType } from "../../errors.js";
import { readDeviceCookie } from "../session/device-cookie.js";

declare global {
  namespace Express {
    interface Request {
      /** What a login form carries along: a form that was refused before (web/pages/typed.ts), and the page to go to afterwards. */
      carried?: { typed?: unknown; returnTo?: unknown };
      /** Whether the body was read, well or not: nobody reads it a second time. */
      isBodyRead?: boolean;
      bodyBytes?: number;
    }
  }
}

const KILOBYTES = 1024;
/** What forms may have; and posts of 10,000 characters of any script, as browsers encode them: up to twelve bytes a character. */
const SHORT = 20 * KILOBYTES;
const LONG = 128 * KILOBYTES;
/** Up to here what users typed is read, to give it back: it is too large all the same. */
const READ_AT_ALL = 512 * KILOBYTES;
/** The same when it comes back sealed, which makes it a third longer, with the form that asked who the user is. */
const READ_SEALED = 720 * KILOBYTES;
const carriers = ["/login", "/reauthenticate", "/logout"];

const readUpTo = (limit: number) =>
  express.urlencoded({
    extended: false,
    parameterLimit: 100,
    limit,
    verify: (req, _res, { length }) => Object.assign(req, { bodyBytes: length }),
  });
const read = readUpTo(LONG);
const readToGiveBack = readUpTo(READ_AT_ALL);
const readSealed = readUpTo(READ_SEALED);

/** A browser that a user has logged in with may have a long text from before its session ended. Others send less. */
function readerFor(req: Request, res: Response): RequestHandler {
  if (!req.user && !readDeviceCookie(req, res)) return read;
  return carriers.includes(req.path) ? readSealed : readToGiveBack;
}

/** Ordinary forms only, flat and small (ASVS V5.2.1, V15.3.6). Those of posts are longer. */
export const parseForms: RequestHandler = (req, res, next) => {
  req.isBodyRead = true;
  readerFor(req, res)(req, res, (error?: unknown) => {
    if (error) return next(error);
    const carriedBytes = takeCarried(req);
    const limit = req.path.startsWith("/posts") ? LONG : SHORT;
    next((req.bodyBytes ?? 0) - carriedBytes > limit ? new TooLarge() : undefined);
  });
};

/** Takes out of the body what is no field of its form. Answers how much that was. */
function takeCarried(req: Request): number {
  const { _typed: typed, _return_to: returnTo, ...fields } = (req.body ?? {}) as Record<string, unknown>;
  if (typed === undefined && returnTo === undefined) return 0;
  req.body = fields;
  req.carried = { typed, returnTo };
  return typeof typed === "string" ? typed.length : 0;
}

/** A body that is no form is refused before anybody tries to read it. */
export const rejectNonForms: RequestHandler = (req, _res, next) => {
  next(req.is("urlencoded") === false ? new UnsupportedMediaType() : undefined);
};
