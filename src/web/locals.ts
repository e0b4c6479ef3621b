import type { RequestHandler, Response } from "express";
import { config } from "../config.js";
import { drawToken } from "./csrf.js";
import { takeFlash } from "./flash.js";

const months = "January February March April May June July August September October November December".split(" ");

/** A date for a <time> element: the day, or the minute too. By hand, for Intl is slow and a list has many. */
function time(date: Date, precise = false) {
  const iso = date.toISOString();
  const day = `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  return { iso, text: precise ? `${day} at ${iso.slice(11, 16)} UTC` : day };
}

type Locals = Record<string, unknown>;
type Draw = (view: string, locals: Locals, shared: Locals) => string;

/**
 * Gives every view what it may use, and `res.render` our views, without the detours of Express's own. A function where
 * making the value costs something or has an effect.
 */
export const locals =
  (asset: (path: string) => string, draw: Draw): RequestHandler =>
  (req, res, next) => {
    const { appName } = config;
    const csrfToken = () => drawToken(req, res);
    res.render = (view: string, values: object = {}) => {
      const now = { path: req.path, user: req.user ?? null, flash: takeFlash(req, res), csrfToken };
      send(res, draw(view, values as Locals, { appName, baseUrl: config.baseUrl.origin, asset, time, ...now }));
    };
    next();
  };

/** As `res.send`, but in one piece with the headers. */
function send(res: Response, html: string): void {
  res.setHeader("Content-Type", "text/html; charset=utf-8");
  res.setHeader("Content-Length", Buffer.byteLength(html));
  res.end(html);
}
