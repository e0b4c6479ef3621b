import type { Request, RequestHandler } from "express";
import { getActor } from "../../actor.js";
import { isPermission } from "../../definitions/permissions.js";
import {
  getWeight,
  isOpenBeforeFactor,
  isOpenBeforePasswordChange,
  isRecentNeeded,
  type Proof,
} from "../../definitions/proofs.js";
import type { Scope } from "../../definitions/scopes.js";
import { Forbidden } from "../../errors.js";
import type { Endpoint } from "../../forms/api/endpoint.js";
import { looksLikeApiToken } from "../../lib/api-token-format.js";
import { ApiSession, type ApiSessionFields } from "../../models/api-session.js";
import { ApiToken, type ApiTokenFields } from "../../models/api-token.js";
import { can, canSomewhere, isInScope } from "../../policies/permissions.js";
import { RECENT_MS } from "../guards.js";
import { toCurrentUser } from "../session/current-user.js";
import { FactorSetupRequired, InsufficientScope, LoginTooOld, PasswordChangeRequired, Unauthorized } from "./errors.js";
import { access, jwt } from "./jwt.js";

declare global {
  namespace Express {
    interface Request {
      /** Scopes of the bearer token; null means all. Only set for API requests. */
      scopes?: readonly Scope[] | null;
      /** The session of an access token. Missing if the request uses an API token. */
      apiSession?: ApiSessionFields;
      /** When the user last proved their identity, as far as this access token shows. */
      authenticatedAt?: Date;
      /** The API token of the request. */
      apiToken?: ApiTokenFields;
      /** When the access token of the request expires. */
      accessExpiresAt?: Date;
    }
  }
}

/**
 * Finds the user of a request's bearer token (RFC 6750). Cookies and query parameters are ignored.
 * Requests without a valid token stay anonymous; the endpoint's guard decides.
 */
export const authenticate: RequestHandler = async (req, _res, next) => {
  Object.assign(req, { user: undefined, scopes: [] });
  const token = readBearerToken(req);
  if (token) await (looksLikeApiToken(token) ? byApiToken(req, token) : byAccessToken(req, token));
  next();
};

/**
 * Returns the bearer token. A request with two headers has none, because Node and a proxy might choose different ones.
 */
function readBearerToken({ headersDistinct }: Request): string | undefined {
  const [only = "", ...others] = headersDistinct.authorization ?? [];
  return others.length > 0 ? undefined : /^Bearer +([\w.~+/-]+=*)$/i.exec(only)?.[1];
}

async function byApiToken(req: Request, secret: string): Promise<void> {
  const found = await ApiToken.findLive(secret);
  const user = found && toCurrentUser(found.person);
  if (!found || !user?.isMember) return;
  Object.assign(req, { user, scopes: found.token.scopes, apiToken: found.token });
  await ApiToken.noteUse(found.token, req.ip ?? "");
}

async function byAccessToken(req: Request, token: string): Promise<void> {
  const claims = await jwt.verify(token, access);
  const found = claims && (await ApiSession.findLive(String(claims.sid)));
  if (!found || found.person.id !== claims.sub || found.session.epoch !== claims.epoch) return;
  if (found.session.isOffered) await ApiSession.noteSeen(found.session, Number(claims.gen));
  const user = toCurrentUser(found.person);
  const accessExpiresAt = new Date(Number(claims.exp) * 1000);
  const authenticatedAt =
    typeof claims.auth_time === "number" ? new Date(claims.auth_time * 1000) : found.session.beganAt;
  if (user.isMember)
    Object.assign(req, { user, scopes: null, apiSession: found.session, authenticatedAt, accessExpiresAt });
}

/** Returns the session of the access token, for calls with `scope: null`. @throws Error without one */
export function getApiSession({ apiSession }: Request): ApiSessionFields {
  if (!apiSession) throw new Error("this call needs `scope: null`, so that it requires an access token");
  return apiSession;
}

/**
 * Checks whether the user can make this call at all: confirmed email, token and roles. Services check everything
 * else. A token must be valid even for calls that need no login, unless the call ignores tokens. Examples:
 *
 * | call                               | credentials in the request               | response                              |
 * | ---------------------------------- | ---------------------------------------- | ------------------------------------- |
 * | POST auth/login (anyone, no scope) | nothing, or any header                   | accepted                              |
 * | GET posts (member, posts.read)     | no token, or an expired one              | 401 Unauthorized                      |
 * | DELETE users/me (member, no scope) | an API token                             | 403 InsufficientScope: log in instead |
 * | GET tokens/current (any token)     | an API token                             | accepted                              |
 * | POST posts (member, posts.write)   | an API token for posts.read              | 403 InsufficientScope: posts.write    |
 * | POST posts (member, posts.write)   | an access token, email not confirmed     | 403 Forbidden                         |
 * | GET users (member, users.read)     | an access token of a user without a role | 403 Forbidden                         |
 * | GET invitations (`isPerDomain`)    | an access token of an admin of one domain | goes on                              |
 * | GET posts (member, posts.read)     | any token; an admin chose the password   | 403 PasswordChangeRequired            |
 * | GET posts (member, posts.read)     | any token; SECOND_FACTOR requires a factor | 403 FactorSetupRequired             |
 */
export const createEndpointGuard = (call: Guarded): RequestHandler => {
  const needed = [call.scope, call.reads].filter((scope) => scope !== null && scope !== undefined);
  const ignoresTokens = call.who === "anyone" && !call.scope && !call.takesLogin;
  const address = [call.method.toUpperCase(), `/api/v1${call.path}`] as const;
  const isOpen = {
    beforePassword: isOpenBeforePasswordChange(...address),
    beforeFactor: isOpenBeforeFactor(...address),
  };
  return (req, _res, next) => {
    const isVisitor = call.who === "anyone" && !req.headers.authorization;
    if (!ignoresTokens && !isVisitor) assertMayCall(req, call, { needed, isOpen });
    next();
  };
};

type Guarded = Pick<
  Endpoint,
  "method" | "path" | "who" | "scope" | "reads" | "takesAnyToken" | "isPerDomain" | "takesLogin"
>;

/** @throws Unauthorized, PasswordChangeRequired, FactorSetupRequired, InsufficientScope, Forbidden: the first that applies, in this order */
function assertMayCall(
  req: Request,
  { who, scope, takesAnyToken = false, isPerDomain }: Guarded,
  { needed, isOpen }: { needed: Scope[]; isOpen: { beforePassword: boolean; beforeFactor: boolean } },
): void {
  if (!req.user) throw req.headers.authorization ? new Unauthorized() : new Unauthorized(undefined, "");
  if (req.user.mustChangePassword && !isOpen.beforePassword) throw new PasswordChangeRequired();
  if (req.user.mustAddFactor && !isOpen.beforeFactor) throw new FactorSetupRequired();
  if (!scope && !req.apiSession && !takesAnyToken) throw new InsufficientScope(null);
  const missing = needed.find((one) => !isInScope(req, one));
  if (missing) throw new InsufficientScope(missing);
  if (who === "member" && !req.user.isMember) throw new Forbidden("Confirm your email address first.");
  const actor = getActor(req);
  const isAllowed = isPerDomain ? canSomewhere : can;
  if (needed.some((one) => isPermission(one) && !isAllowed(actor, one))) throw new Forbidden();
}

/**
 * Requires the proof that the table in definitions/proofs.ts names for this call. For API clients, "recent" means a
 * recent login (ASVS V7.5.3), where pages ask for the password again. An API token for such calls was created after a
 * recent login.
 */
export const requireProof =
  (proof: Proof): RequestHandler =>
  (req, _res, next) => {
    const isRecent = !req.authenticatedAt || isRecentToken(req);
    next(isRecent || !isRecentNeeded(getWeight(proof, req.body), req.user) ? undefined : new LoginTooOld());
  };

/** Returns true if the access token of this request shows a recent proof of identity. */
export const isRecentToken = ({ authenticatedAt }: Request): boolean =>
  authenticatedAt !== undefined && authenticatedAt.getTime() > Date.now() - RECENT_MS;
