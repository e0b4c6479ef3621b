import type { ErrorRequestHandler, Request, RequestHandler, Response } from "express";
import { Unavailable } from "../../errors.js";

/** A second more than a database operation may take (database/connect.ts). */
const ANSWER_WITHIN_MS = 8_000;

const answered = new WeakSet<Response>();

/** Whether the deadline of a request has answered it. What its handlers still do changes nothing about that. */
export const isAnsweredByDeadline = (res: Response): boolean => answered.has(res);

/**
 * Answers 503 to a request that nothing has answered in time; time counts from the last byte of its body. Answers that have begun
 * and bodies that are being read are left alone: downloads and uploads take as long as they need.
 *
 * Stands before the session: the session's `end` waits for the database, so the answer is sent by the `end` from before it.
 *
 * @param answer what turns an error into an answer
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

/** We wait for the client, not it for us. A body that nobody reads yet does not count: its handler waits for something else. */
const isBeingRead = (req: Request): boolean => !req.complete && req.readableFlowing === true;

/** Makes a late answer do nothing; left alone, it would throw in the callback it comes from. */
function silence(res: Response): void {
  const same = () => res;
  const done = () => true;
  const headers = { setHeader: same, appendHeader: same, removeHeader: same, writeHead: same, flushHeaders: same };
  Object.assign(res, headers, { write: done, end: same });
}
