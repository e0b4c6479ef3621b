import { config } from "../../config/index.js";
import type { ApiSessionFields } from "../../models/api-session.js";
import { access, jwt, refreshing } from "./jwt.js";

/** Claims of the installation (site/account-hooks.ts). They can't replace ours. */
type Claims = Record<string, unknown>;

/** Issues the tokens of a session (RFC 6749, 5.1): an access token and a single-use refresh token. */
export async function issueTokenPair(session: ApiSessionFields, claims: Claims) {
  return {
    ...(await issueAccessToken(session, claims)),
    refresh_token: await jwt.sign(getClaims(session), refreshing, session.expiresAt),
    refresh_expires_in: secondsUntil(session.expiresAt, Date.now()),
  };
}

/**
 * Issues an access token of a session.
 * @param authenticatedAt when the user confirmed their password, if that was after the login. Only this token has it
 *   (`auth_time`, RFC 9068, 2.2.1.1), so older copies of the session's tokens gain nothing
 */
export async function issueAccessToken(session: ApiSessionFields, claims: Claims, authenticatedAt?: Date) {
  const now = Date.now();
  const { auth_time: _proof, ...added } = claims; // only a password proves that
  const until = new Date(Math.min(now + config.jwtAccessMs, session.expiresAt.getTime()));
  const proof = authenticatedAt && { auth_time: Math.floor(authenticatedAt.getTime() / 1000) };
  return {
    access_token: await jwt.sign({ ...added, ...getClaims(session), ...proof }, access, until),
    token_type: "Bearer",
    expires_in: secondsUntil(until, now),
  };
}

const getClaims = ({ user, _id, epoch, generation }: ApiSessionFields) => ({
  ...{ sub: String(user), sid: String(_id) },
  epoch,
  gen: generation,
});

/** Returns the claims of a refresh token, or null if it is invalid. */
export async function readRefreshToken(token: string) {
  const claims = await jwt.verify(token, refreshing);
  if (!claims || typeof claims.gen !== "number") return null;
  const { sid, sub, epoch, gen } = claims;
  return { sid: String(sid), user: String(sub), epoch: Number(epoch), generation: gen };
}

const secondsUntil = (date: Date, now: number) => Math.max(0, Math.floor((date.getTime() - now) / 1000));
