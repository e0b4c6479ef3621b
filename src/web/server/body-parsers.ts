import express, { type Request, type RequestHandler, type Response } from "express";
import { TooLarge, UnsupportedMediaType } from "../../errors.js";
import { doorways } from "../pages/return-to.js";
import { readDeviceCookie } from "../session/device-cookie.js";

declare global {
  namespace Express {
    interface Request {
      /**
       * Hidden fields of a login form: input of an earlier form (web/pages/typed.ts) and the page to go to afterwards.
       */
      carried?: { typed?: unknown; returnTo?: unknown };
      /** True after an attempt to read the body, even a failed one, so that it is not read again. */
      isBodyRead?: boolean;
      bodyBytes?: number;
    }
  }
}

const KILOBYTES = 1024;
/** Limit for forms; `LONG`: for posts of 10,000 characters, and comments, in any script: up to twelve bytes a character. */
const SHORT = 20 * KILOBYTES;
const LONG = 128 * KILOBYTES;
/** Larger forms are refused, but are read up to this size, so that users get their input back. */
const READ_AT_ALL = 512 * KILOBYTES;
/** The same limit for encrypted input, which is a third longer, including the form that contains it. */
const READ_SEALED = 720 * KILOBYTES;
const carriers = [...doorways, "/logout"];

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

/** A known browser may send a long text after its session has ended. Other visitors get the normal limit. */
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

/** Moves the hidden fields of a login form from the body to `req.carried`. Returns the number of characters. */
function takeCarried(req: Request): number {
  const { _typed: typed, _return_to: returnTo, ...fields } = (req.body ?? {}) as Record<string, unknown>;
  if (typed === undefined && returnTo === undefined) return 0;
  req.body = fields;
  req.carried = { typed, returnTo };
  return typeof typed === "string" ? typed.length : 0;
}

/** Refuses a body that is not a form, before reading it. */
export const rejectNonForms: RequestHandler = (req, _res, next) => {
  next(req.is("urlencoded") === false ? new UnsupportedMediaType() : undefined);
};
