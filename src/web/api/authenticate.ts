import type { Request, RequestHandler } from "express";
import { actorOf } from "../../actor.js";
import { isPermission } from "../../definitions/permissions.js";
import { type Proof, weightOf } from "../../definitions/proofs.js";
import type { Scope } from "../../definitions/scopes.js";
import { Forbidden } from "../../errors.js";
import type { Call } from "../../forms/api/endpoint.js";
import { looksLikeApiToken } from "../../lib/api-token-format.js";
import { ApiSession, type ApiSessionFields } from "../../models/api-session.js";
import { ApiToken, type ApiTokenFields } from "../../models/api-token.js";
import { can, isInScope } from "../../policies/permissions.js";
import { RECENT_MS } from "../guards.js";
import { asMember } from "../session/current-user.js";
import { InsufficientScope, LoginTooOld, Unauthorized } from "./errors.js";
import { access, jwt } from "./jwt.js";

declare global {
  namespace Express {
    interface Request {
      /** What the bearer token of a program is good for; null means everything. Only requests to the API have it. */
      scopes?: readonly Scope[] | null;
      /** The session that an access token belongs to; not there with an API token. */
      apiSession?: ApiSessionFields;
      /** The API token that the request came with. */
      apiToken?: ApiTokenFields;
    }
  }
}

/**
 * Finds the person behind the bearer token of a request (RFC 6750), in one read. No cookie and no query counts. Who comes
 * without, or with one that is worth nothing, is nobody: the call's guard asks.
 */
export const identified: RequestHandler = async (req, _res, next) => {
  req.scopes = [];
  const token = tokenOf(req);
  if (token) await (looksLikeApiToken(token) ? byApiToken(req, token) : byAccessToken(req, token));
  next();
};

/** Of two headers Node would take the first, and whoever stands before us perhaps the other: then none counts. */
function tokenOf({ headersDistinct }: Request): string | undefined {
  const [only = "", ...others] = headersDistinct.authorization ?? [];
  return others.length > 0 ? undefined : /^Bearer +([\w.~+/-]+=*)$/i.exec(only)?.[1];
}

async function byApiToken(req: Request, secret: string): Promise<void> {
  const found = await ApiToken.findLive(secret);
  const user = found && asMember(found.person);
  if (!found || !user?.isMember) return;
  Object.assign(req, { user, scopes: found.token.scopes, apiToken: found.token });
  await ApiToken.noteUse(found.token, req.ip ?? "");
}

async function byAccessToken(req: Request, token: string): Promise<void> {
  const claims = await jwt.verify(token, access);
  const found = claims && (await ApiSession.findLive(String(claims.sid)));
  if (!found || found.person.id !== claims.sub || found.session.epoch !== claims.epoch) return;
  if (found.session.isOffered) await ApiSession.noteSeen(found.session, Number(claims.gen));
  const user = asMember(found.person);
  if (user.isMember) Object.assign(req, { user, scopes: null, apiSession: found.session });
}

/**
 * Asks whether the person may make this call at all, by their address, their token and their roles; what they may do with
 * it is for services to say. Where anyone may, a
 * token that comes along must be good for it all the same, unless the call has to do with no token at all.
 */
export const guardOfCall =
  ({ who, scope, reads }: Pick<Call, "who" | "scope" | "reads">): RequestHandler =>
  (req, _res, next) => {
    if (who === "anyone" && !(scope && req.headers.authorization)) return next();
    const user = userOf(req);
    if (!scope && !req.apiSession) throw new InsufficientScope(null);
    const needed = [scope, reads].filter((one) => one !== null && one !== undefined);
    const missing = needed.find((one) => !isInScope(req, one));
    if (missing) throw new InsufficientScope(missing);
    if (who === "member" && !user.isMember) throw new Forbidden("Confirm your e-mail address first.");
    if (needed.some((one) => isPermission(one) && !can(actorOf(req), one))) throw new Forbidden();
    next();
  };

/** The user behind the token of a call. @throws 401, without a reason where no token came at all */
function userOf({ user, headers }: Request): Express.User {
  if (user) return user;
  throw headers.authorization ? new Unauthorized() : new Unauthorized(undefined, "");
}

/**
 * Asks for what the table (definitions/proofs.ts) says of a call. A recent login is one of a program (ASVS V7.5.3), as pages ask for the
 * password again; an API token that was made for just this was made by somebody who had one.
 */
export const proven =
  (proof: Proof): RequestHandler =>
  (req, _res, next) => {
    const isRecent = !req.apiSession || req.apiSession.beganAt.getTime() > Date.now() - RECENT_MS;
    next(isRecent || weightOf(proof, req.body) !== "recent" ? undefined : new LoginTooOld());
  };
