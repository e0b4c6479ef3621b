import express, { type Request, type RequestHandler, type Response } from "express";
import { TooLarge, UnsupportedMediaType } from "../../errors.js";
import { readDeviceCookie } from "../session/device-cookie.js";

declare global {
  namespace Express {
    interface Request {
      /** Fields that a login form carries: a form refused before (web/pages/typed.ts), and the page to go to afterwards. */
      carried?: { typed?: unknown; returnTo?: unknown };
      /** True once the body was read, successfully or not, so that it is not read twice. */
      isBodyRead?: boolean;
      bodyBytes?: number;
    }
  }
}

const KILOBYTES = 1024;
/** Limit for forms; `LONG`: for posts of 10,000 characters, and comments, in any script: up to twelve bytes a character. */
const SHORT = 20 * KILOBYTES;
const LONG = 128 * KILOBYTES;
/** Larger forms are refused, but read up to this size in order to give the input back. */
const READ_AT_ALL = 512 * KILOBYTES;
/** The same for encrypted input, which is a third longer, with the form that carries it. */
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

/** A known browser may send a long text from before its session ended. Other visitors get the normal limit. */
function readerFor(req: Request, res: Response): RequestHandler {
  if (!req.user && !readDeviceCookie(req, res)) return read;
  return carriers.includes(req.path) ? readSealed : readToGiveBack;
}

/** Parses ordinary forms only, flat and small (ASVS V5.2.1, V15.3.6); forms of posts and comments may be longer. */
export const parseForms: RequestHandler = (req, res, next) => {
  req.isBodyRead = true;
  readerFor(req, res)(req, res, (error?: unknown) => {
    if (error) return next(error);
    const carriedBytes = takeCarried(req);
    const limit = /^\/(posts|comments)/.test(req.path) ? LONG : SHORT;
    next((req.bodyBytes ?? 0) - carriedBytes > limit ? new TooLarge() : undefined);
  });
};

/** Moves carried fields from the body to `req.carried`. Returns their size in characters. */
function takeCarried(req: Request): number {
  const { _typed: typed, _return_to: returnTo, ...fields } = (req.body ?? {}) as Record<string, unknown>;
  if (typed === undefined && returnTo === undefined) return 0;
  req.body = fields;
  req.carried = { typed, returnTo };
  return typeof typed === "string" ? typed.length : 0;
}

/** Refuses a body that is no form before it is read. */
export const rejectNonForms: RequestHandler = (req, _res, next) => {
  next(req.is("urlencoded") === false ? new UnsupportedMediaType() : undefined);
};
