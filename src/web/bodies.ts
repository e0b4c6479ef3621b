import express, { type RequestHandler } from "express";
import { UnsupportedMediaType } from "../errors.js";

/** Ordinary forms only, flat and small (ASVS V5.2.1, V15.3.6). */
export const forms = express.urlencoded({ extended: false, limit: "20kb", parameterLimit: 100 });

/** A body that is no form is refused before anybody tries to read it. */
export const formsOnly: RequestHandler = (req, _res, next) => {
  next(req.is("urlencoded") === false ? new UnsupportedMediaType() : undefined);
};
