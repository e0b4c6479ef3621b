import express, { type RequestHandler } from "express";
import multer from "multer";
import { config } from "../config/index.js";
import { BadRequest, TooLarge, TooManyRequests, UnsupportedMediaType } from "../errors.js";
import { limitConcurrency } from "../lib/async/concurrency.js";
import { compose } from "./compose.js";
import { requireUser } from "./guards.js";
import { rateLimits } from "./rate-limits.js";

/** The only page that accepts a file, and the name of its field, also in the API. */
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

/** Prevents one user from using all slots. */
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

const readForm = multer({
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
  new TooLarge(`Images can be up to ${config.uploadMaxBytes / MEGABYTES} MB. Choose a smaller one.`);

/** Parses the body. Its slot stays taken until the response is sent, because the picture is in memory until then. */
const readPicture =
  (read: RequestHandler): RequestHandler =>
  (req, res, next) =>
    oneOfFew(async () => {
      if (res.destroyed) return; // the client disconnected while waiting
      const answered = new Promise((resolve) => res.once("close", resolve));
      read(req, res, (error?: unknown) => next(error ? asHttpError(error) : undefined));
      await answered;
    });

/** All errors in a body are errors of the client. Only a file that is too large has its own message. */
function asHttpError(error: unknown) {
  const { code, status } = error as { code?: string; status?: number };
  return code === "LIMIT_FILE_SIZE" || status === 413 ? tooLarge() : new BadRequest();
}

const uploads = compose(requireUser, fewEach, rateLimits.pictures, multipartOnly, notTooLarge, readPicture(readForm));

const readBytes = express.raw({ type: "image/*", limit: config.uploadMaxBytes, inflate: false });
const formOrBytes: RequestHandler = (req, res, next) =>
  (req.is("multipart/form-data") ? readForm : readBytes)(req, res, next);

const imageOnly: RequestHandler = (req, _res, next) => {
  const { "content-length": length = "0", "transfer-encoding": chunked } = req.headers;
  const isEmpty = length === "0" && chunked === undefined;
  const isImage = isEmpty || req.is(["multipart/form-data", "image/*"]);
  next(isImage ? undefined : new UnsupportedMediaType("Send an image, or multipart/form-data with one."));
};

const toFields: RequestHandler = (req, _res, next) => {
  const bytes = Buffer.isBuffer(req.body) ? req.body : req.file?.buffer;
  req.body = { ...(!Buffer.isBuffer(req.body) && req.body), [PICTURE.field]: bytes };
  next();
};

/** Reads an upload to the API: a form as above, or the image itself. `req.body` gets the form's fields. */
export const readImage = compose(
  fewEach,
  rateLimits.pictures,
  imageOnly,
  notTooLarge,
  readPicture(formOrBytes),
  toFields,
);

/** Parses uploads at their address. All other requests use `otherwise`. */
export const parseUploadsOr =
  (otherwise: RequestHandler): RequestHandler =>
  (req, res, next) =>
    (req.path === PICTURE.path ? uploads : otherwise)(req, res, next);
