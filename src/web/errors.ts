import type { ErrorRequestHandler, Request, RequestHandler, Response } from "express";
import mongoose from "mongoose";
import { isUnavailable } from "../database/errors.js";
import { BadRequest, HttpError, NotFound, TooLarge, Unavailable, UnsupportedMediaType } from "../errors.js";
import { Overloaded } from "../lib/passwords/hash.js";
import { log } from "../log.js";
import { isSafe } from "./mount.js";
import { isApi, prefersProblem, sendProblem } from "./pages/problem-json.js";
import { ProofNeeded } from "./pages/refusals.js";
import { answerRefusedForm, answerRefusedFormNow } from "./pages/refused-form.js";
import { isAnsweredByDeadline } from "./server/request-deadline.js";

export const notFound: RequestHandler = () => {
  throw new NotFound();
};

/** Ends API requests that match no endpoint. The API has no sessions and no forms. */
export const apiNotFound: RequestHandler = (req, _res, next) => next(isApi(req) ? new NotFound() : undefined);

const internal = () =>
  new HttpError(500, "Something went wrong on our side", "We've logged the problem. Please try again in a moment.");

/** Turns errors into responses; nothing else does. Sends a page, or a problem document if the client prefers JSON. */
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
  if (isAnsweredByDeadline(res) || res.writableEnded) return;
  if (res.headersSent) return next(error);
  res.status(shown.status).set(shown.headers).vary("Accept").set("Cache-Control", "no-store");
  const { status, heading, message } = shown;
  if (prefersProblem(req))
    return sendProblem(res, { title: heading, status, detail: message, errors: mistakesIn(shown) });
  if (error instanceof Unavailable) return answerNow(req, res, shown); // cannot wait (web/server/request-deadline.ts)
  answerRefusedForm(req, res, shown, { isDatabaseDown: isUnavailable(error) })
    .catch((failure: unknown) => {
      log.error(
        { event: "request.refused", request: req.id, err: failure },
        "the input of a refused form could not be rendered",
      );
      return false;
    })
    .then((isGivenBack) => isGivenBack || sendPage(req, res, shown))
    .catch(next);
};

function answerNow(req: Request, res: Response, shown: HttpError): void {
  req.leaveVisit?.();
  if (!answerRefusedFormNow(req, res, shown)) sendPage(req, res, shown);
}

function sendPage(req: Request, res: Response, shown: HttpError): void {
  if (shown instanceof ProofNeeded) {
    res.redirect(303, shown.to);
    return;
  }
  const { status } = shown;
  const { heading, message, ...more } = (shown instanceof NotFound && goneFor(req)) || shown;
  const again = "again" in more ? more.again : null;
  res.render("errors/show", { status, heading, message, requestId: req.id, again });
}

/** Returns the page for a button whose target does not exist or is not the user's. Returns null for other requests. */
function goneFor(req: Request) {
  const path = req.originalUrl.split("?")[0] ?? "";
  const page = isSafe(req) ? undefined : req.findFormPages?.(path, {})[0];
  if (!page || page === path) return null;
  const isList = !/[0-9a-f]{24}/.test(page);
  return {
    heading: "This no longer exists",
    message: "It may already have been removed, for example in another tab. Nothing was changed.",
    ...(isList && { again: { to: page, text: "Back to list" } }),
  };
}

const mistakesIn = (shown: HttpError) => ("mistakes" in shown ? (shown.mistakes as object[]) : undefined);

/** Converts an error for the client, without stack, path and query (ASVS V16.5.1). */
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
