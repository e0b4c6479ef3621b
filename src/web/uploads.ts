import type { RequestHandler } from "express";
import multer, { MulterError } from "multer";
import { config } from "../config/index.js";
import { BadRequest, TooLarge, TooManyRequests, UnsupportedMediaType } from "../errors.js";
import { limitConcurrency } from "../lib/async/concurrency.js";
import { compose } from "./compose.js";
import { requireUser } from "./guards.js";
import { rateLimits } from "./rate-limits.js";

/** The only address that accepts a file, and the field with the file. */
const PICTURE = { path: "/account/avatar", field: "avatar" };
const MEGABYTES = 1024 * 1024;
/** Memory for all uploads in progress. */
const MEMORY_BYTES = 160 * MEGABYTES;
const PLACES = Math.min(32, Math.floor(MEMORY_BYTES / config.uploadMaxBytes));
/** Limits the number of uploads in memory. The others wait. Stalled uploads are aborted (web/server/connections.ts). */
const oneOfFew = limitConcurrency({ atOnce: PLACES, mostWaiting: 50 });
/** Maximum number of uploads per user. */
const MOST_EACH = 2;
const RETRY_AFTER_SECONDS = 10;
const underWay = new Map<string, number>();

/** Prevents one user from using all places. */
const fewEach: RequestHandler = (req, res, next) => {
  const person = req.user?.id ?? "";
  const others = underWay.get(person) ?? 0;
  if (others >= MOST_EACH) throw new TooManyRequests(RETRY_AFTER_SECONDS);
  underWay.set(person, others + 1);
  res.once("close", () => {
    const left = (underWay.get(person) ?? 1) - 1;
    if (left > 0) underWay.set(person, left);
    else underWay.delete(person);
  });
  next();
};

const read = multer({
  storage: multer.memoryStorage(),
  limits: {
    fileSize: config.uploadMaxBytes,
    files: 1,
    fields: 2,
    parts: 3,
    fieldNameSize: 40,
    fieldSize: 200,
    fieldNestingDepth: 0,
    headerPairs: 10,
  },
}).single(PICTURE.field);

const multipartOnly: RequestHandler = (req, _res, next) => {
  next(req.is("multipart/form-data") ? undefined : new UnsupportedMediaType("This page only accepts an image upload."));
};

/** Refuses an upload whose declared size is too large, without reading it. */
const notTooLarge: RequestHandler = (req, _res, next) => {
  const ROOM_FOR_THE_REST = 10_000;
  const length = Number(req.headers["content-length"] ?? 0);
  next(length > config.uploadMaxBytes + ROOM_FOR_THE_REST ? tooLarge() : undefined);
};

const tooLarge = () =>
  new TooLarge(`Images can be up to ${config.uploadMaxBytes / MEGABYTES} MB. Go back and choose a smaller one.`);

/** Parses the form. Its place stays taken until the response is sent, because the picture is in memory until then. */
const readPicture: RequestHandler = (req, res, next) =>
  oneOfFew(async () => {
    if (res.destroyed) return; // the client disconnected while waiting
    const answered = new Promise((resolve) => res.once("close", resolve));
    read(req, res, (error?: unknown) => next(error ? asHttpError(error) : undefined));
    await answered;
  });

/** All errors in a body are errors of the client. Only a file that is too large has its own message. */
function asHttpError(error: unknown) {
  return error instanceof MulterError && error.code === "LIMIT_FILE_SIZE" ? tooLarge() : new BadRequest();
}

const uploads = compose(requireUser, fewEach, rateLimits.pictures, multipartOnly, notTooLarge, readPicture);

/** Parses uploads at their address. All other requests use `otherwise`. */
export const parseUploadsOr =
  (otherwise: RequestHandler): RequestHandler =>
  (req, res, next) =>
    (req.path === PICTURE.path ? uploads : otherwise)(req, res, next);
