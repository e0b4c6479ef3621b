import type { ErrorRequestHandler, Request, RequestHandler, Response } from "express";
import { Unavailable } from "../../errors.js";

/** One second longer than the limit of a database operation (database/connect.ts). */
const ANSWER_WITHIN_MS = 8_000;

const answered = new WeakSet<Response>();

/** Returns true if the deadline has already sent a response. Later output of the handlers is ignored. */
export const isAnsweredByDeadline = (res: Response): boolean => answered.has(res);

/**
 * Responds with 503 if there is no response in time, measured from the last byte of the request's body. Does not apply
 * while a response is being sent or a body is being read, because downloads and uploads take as long as they need.
 *
 * Must come before the session. The session replaces `end` with a function that waits for the database, so the deadline
 * uses the original `end`.
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
 * Returns true while the server is reading the body. If it is not reading, the handler is waiting for something else.
 */
const isBeingRead = (req: Request): boolean => !req.complete && req.readableFlowing === true;

/** Makes a late response do nothing. Otherwise it would throw in a callback. */
function silence(res: Response): void {
  const same = () => res;
  const done = () => true;
  const headers = { setHeader: same, appendHeader: same, removeHeader: same, writeHead: same, flushHeaders: same };
  Object.assign(res, headers, { write: done, end: same });
}
