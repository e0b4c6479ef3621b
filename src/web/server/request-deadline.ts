import type { ErrorRequestHandler, Request, RequestHandler, Response } from "express";
import { Unavailable } from "../../errors.js";

/** One second more than the limit of a database operation (database/connect.ts). */
const ANSWER_WITHIN_MS = 8_000;

const answered = new WeakSet<Response>();

/** Returns true if the deadline has answered the request. Later output of its handlers is ignored. */
export const isAnsweredByDeadline = (res: Response): boolean => answered.has(res);

/**
 * Answers 503 to a request without a response in time, measured from the last byte of its body. Responses that have begun
 * and bodies that are being read are exempt: downloads and uploads take as long as they need.
 *
 * It must come before the session: the session's `end` waits for the database, so the response uses the original `end`.
 *
 * @param answer turns an error into a response
 */
export const requestDeadline =
  (answer: ErrorRequestHandler, ms = ANSWER_WITHIN_MS): RequestHandler =>
  (req, res, next) => {
    const { write, end } = res;
    const timer = setTimeout(() => {
      if (res.headersSent) return;
      if (isBeingRead(req)) return void timer.refresh();
      Object.assign(res, { write, end });
      answer(new Unavailable(), req, res, next);
      answered.add(res);
      silence(res);
    }, ms);
    req.once("end", () => timer.refresh());
    res.once("close", () => clearTimeout(timer));
    next();
  };

/**
 * Returns true while the server reads the body. A body that is not being read does not count: its handler waits for
 * something else.
 */
const isBeingRead = (req: Request): boolean => !req.complete && req.readableFlowing === true;

/** Makes a late response do nothing; otherwise it would throw in a callback. */
function silence(res: Response): void {
  const same = () => res;
  const done = () => true;
  const headers = { setHeader: same, appendHeader: same, removeHeader: same, writeHead: same, flushHeaders: same };
  Object.assign(res, headers, { write: done, end: same });
}
