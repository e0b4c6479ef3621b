import type { Request, RequestHandler } from "express";
import { getActor } from "../../actor.js";
import { config } from "../../config/index.js";
import { hasAddress } from "../../definitions/features.js";
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
import { sendText } from "../server/send-text.js";
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
      const actor = getActor(req);
      const getFormPage = () => req.findFormPages?.(path, {})[0] ?? path;
      // One object without spreads, because V8 keeps such an object fast: a page reads it several hundred times.
      const shared = {
        page: undefined, // set by `draw`, like `body`
        body: undefined,
        appName,
        registration,
        baseUrl: config.baseUrl.origin,
        mailbox,
        asset: assets.asset,
        stylesheets: assets.stylesheets,
        withImports: assets.withImports,
        formatTime,
        formatDuration,
        getInitials,
        getMinPasswordLength,
        formatEmail,
        hasAddress,
        path: getPath(res.locals.path) ?? path,
        refusal: res.locals.refusal ?? null,
        getFormPage,
        loginAddress: () => (view.startsWith("errors/") ? "/login" : getLoginAddress(req, getFormPage)),
        carried: { ...getCarried(req), ...res.locals.carried },
        flash: takeFlash(req, res),
        csrfToken,
        user: req.user ?? null,
        impersonator: req.impersonator ?? null,
        hasOtherHost: hasOtherHost(req),
        sessionTime: getSessionTime(req),
        isResumed: isResumed(req),
        can: (permission: Permission, thing = {}) => can(actor, permission, thing),
        canSomewhere: (permission: Permission) => canSomewhere(actor, permission),
      };
      sendText(res, "text/html", draw(view, values as Locals, shared));
    };
    next();
  };

/** Returns the login page that leads back to this page. The secret of a mailed link goes into no other address. */
const getLoginAddress = (req: Request, getFormPage: () => string) =>
  isMailedLink(req.path)
    ? "/login"
    : withReturnTo("/login", req, req.method === "GET" ? req.originalUrl : getFormPage());

/** Returns the path of a page that is rendered in response to another address, if any. */
const getPath = (page: unknown) => (typeof page === "string" ? page.split("?")[0] : undefined);
