import type { Request, RequestHandler, Response } from "express";
import { getActor } from "../../actor.js";
import { config } from "../../config/index.js";
import type { Permission } from "../../definitions/permissions.js";
import { getMinPasswordLength } from "../../lib/passwords/length.js";
import { formatTime } from "../../lib/text/dates.js";
import { formatDuration } from "../../lib/text/durations.js";
import { formatEmail } from "../../lib/text/email-address.js";
import { getInitials } from "../../lib/text/initials.js";
import { can, canSomewhere } from "../../policies/permissions.js";
import type { Assets } from "../assets.js";
import { drawToken } from "../csrf.js";
import { isMailedLink } from "../secret-urls.js";
import { getSessionTime, isResumed } from "../session/session-time.js";
import { takeFlash } from "./flash.js";
import { hasOtherHost } from "./other-host.js";
import { withReturnTo } from "./return-to.js";
import { getCarried } from "./typed.js";

/** The page with emails that were not sent, in development. */
const mailbox = config.production || config.smtpUrl ? null : "/dev/mailbox";

type Locals = Record<string, unknown>;
type Draw = (view: string, locals: Locals, shared: Locals) => string;

/**
 * Gives every view its values and makes `res.render` render our views without the lookups of Express. Values that are
 * costly or have side effects are functions.
 */
export const locals =
  (assets: Assets, draw: Draw): RequestHandler =>
  (req, res, next) => {
    const { appName, registration } = config;
    const { path } = req; // read now, because routers shorten it
    const csrfToken = () => res.locals.sentToken ?? drawToken(req, res);
    res.render = (view: string, values: object = {}) => {
      const may = (permission: Permission, thing = {}) => can(getActor(req), permission, thing);
      const maySomewhere = (permission: Permission) => canSomewhere(getActor(req), permission);
      const who = { user: req.user ?? null, impersonator: req.impersonator ?? null, hasOtherHost: hasOtherHost(req) };
      const time = { sessionTime: getSessionTime(req), isResumed: isResumed(req) };
      const rights = { can: may, canSomewhere: maySomewhere };
      const shown = { path: getPath(res.locals.path) ?? path, refusal: res.locals.refusal ?? null };
      const formPage = req.findFormPages?.(path, {})[0] ?? path;
      const loginAddress = () => (view.startsWith("errors/") ? "/login" : getLoginAddress(req, formPage));
      const carried = { ...getCarried(req), ...res.locals.carried };
      const now = {
        ...shown,
        formPage,
        loginAddress,
        carried,
        flash: takeFlash(req, res),
        csrfToken,
        ...who,
        ...time,
        ...rights,
      };
      const always = {
        appName,
        registration,
        baseUrl: config.baseUrl.origin,
        mailbox,
        ...assets,
        formatTime,
        formatDuration,
        getInitials,
        getMinPasswordLength,
        formatEmail,
      };
      send(res, draw(view, values as Locals, { ...always, ...now }));
    };
    next();
  };

/** Returns the login page that leads back to this page. The secret of a mailed link goes into no other address. */
const getLoginAddress = (req: Request, formPage: string) =>
  isMailedLink(req.path) ? "/login" : withReturnTo("/login", req, req.method === "GET" ? req.originalUrl : formPage);

/** Returns the path of a page that is rendered in response to another address, if any. */
const getPath = (page: unknown) => (typeof page === "string" ? page.split("?")[0] : undefined);

/** Like `res.send`, but writes the headers and the body at once. */
function send(res: Response, html: string): void {
  res.setHeader("Content-Type", "text/html; charset=utf-8");
  res.setHeader("Content-Length", Buffer.byteLength(html));
  res.end(html);
}
