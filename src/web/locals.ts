import type { RequestHandler } from "express";
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

/** What every view may use. A function where making the value costs something or has an effect. */
export const locals =
  (asset: (path: string) => string): RequestHandler =>
  (req, res, next) => {
    res.locals = {
      appName: config.appName,
      baseUrl: config.baseUrl.origin,
      asset,
      time,
      path: req.path,
      user: null,
      flash: null,
    };
    res.locals.csrfToken = () => drawToken(req, res);
    const render = res.render.bind(res);
    res.render = ((view: string, values?: object) => {
      Object.assign(res.locals, { user: req.user ?? null, flash: takeFlash(req, res) });
      render(view, values);
    }) as typeof res.render;
    next();
  };
