import type { ErrorRequestHandler, RequestHandler } from "express";
import mongoose from "mongoose";
import { isUnavailable } from "../database/errors.js";
import { BadRequest, HttpError, NotFound, TooLarge, Unavailable, UnsupportedMediaType } from "../errors.js";
import { Overloaded } from "../lib/passwords.js";
import { log } from "../log.js";
import { isApi, prefersProblem, sendProblem } from "./problems.js";
import { isAnsweredByDeadline } from "./request-deadline.js";

/** Nothing answered: there is no such page. */
export const notFound: RequestHandler = () => {
  throw new NotFound();
};

/** Programs that use the JSON API go no further: it has no sessions and no forms. */
export const noPages: RequestHandler = (req, _res, next) => next(isApi(req) ? new NotFound() : undefined);

const internal = () =>
  new HttpError(
    500,
    "Something went wrong on our side",
    "It is noted, and it was not your fault. Please try again in a moment.",
  );

/** The one place where errors become answers: a page, or a problem document where JSON is preferred. */
export const errors: ErrorRequestHandler = (error, req, res, next) => {
  const shown = asHttpError(error);
  const about = {
    event: "request.refused",
    status: shown.status,
    reason: shown.name,
    request: req.id,
    user: req.user?.id,
    impersonator: req.impersonator?.id,
  };
  if (shown.status >= 500) log.error({ ...about, err: error }, "request failed");
  else log.info(about, "request refused");
  // Also when only the session could not be prolonged after a whole answer: Express would cut its connection off.
  if (isAnsweredByDeadline(res) || res.writableEnded) return;
  if (res.headersSent) return next(error);
  res.status(shown.status).set(shown.headers).vary("Accept").set("Cache-Control", "no-store");
  const { status, heading, message } = shown;
  if (prefersProblem(req)) sendProblem(res, { title: heading, status, detail: message, errors: mistakesIn(shown) });
  else
    res.render("errors/show", {
      status,
      heading,
      message,
      requestId: req.id,
      again: "again" in shown ? shown.again : null,
    });
};

const mistakesIn = (shown: HttpError) => ("mistakes" in shown ? (shown.mistakes as object[]) : undefined);

/** The error as the client may know it: no stack, no path, no query (ASVS V16.5.1). */
function asHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof Overloaded) return new Unavailable(error.retryAfterSeconds);
  if (error instanceof URIError || error instanceof mongoose.Error.CastError) return new BadRequest();
  if (isUnavailable(error)) return new Unavailable();
  const { status } = (error ?? {}) as { status?: number };
  if (status === 413) return new TooLarge();
  if (status === 415) return new UnsupportedMediaType();
  return status && status >= 400 && status < 500 ? new BadRequest() : internal();
}
