import express, { type RequestHandler } from "express";
import { UnsupportedMediaType } from "../errors.js";

const flat = { extended: false, parameterLimit: 100 };
const short = express.urlencoded({ ...flat, limit: "20kb" });
/** A post of 10,000 characters of any script, as browsers encode it: up to twelve bytes a character. */
const long = express.urlencoded({ ...flat, limit: "128kb" });

/** Ordinary forms only, flat and small (ASVS V5.2.1, V15.3.6); longer ones from people who write posts. */
export const forms: RequestHandler = (req, res, next) => {
  const writing = req.user && req.path.startsWith("/posts");
  (writing ? long : short)(req, res, next);
};

/** A body that is no form is refused before anybody tries to read it. */
export const formsOnly: RequestHandler = (req, _res, next) => {
  next(req.is("urlencoded") === false ? new UnsupportedMediaType() : undefined);
};
