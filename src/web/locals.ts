import type { RequestHandler } from "express";
import { config } from "../config.js";
import { drawToken } from "./csrf.js";
import { takeFlash } from "./flash.js";

const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const moment = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" });

/** A date for a <time> element: the day, or the minute too. */
const time = (date: Date, precise = false) => ({
  iso: date.toISOString(),
  text: precise ? `${moment.format(date)} UTC` : day.format(date),
});

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
