import { config } from "../../config/index.js";
import type { ApiSessionFields } from "../../models/api-session.js";
import { access, jwt, refreshing } from "./jwt.js";

/** Issues the tokens of a session (RFC 6749, 5.1): an access token and a single-use refresh token. */
export async function issueTokenPair(session: ApiSessionFields) {
  const now = Date.now();
  const until = new Date(Math.min(now + config.jwtAccessMs, session.expiresAt.getTime()));
  const claims = { sub: String(session.user), sid: String(session._id), epoch: session.epoch, gen: session.generation };
  return {
    access_token: await jwt.sign(claims, access, until),
    token_type: "Bearer",
    expires_in: secondsUntil(until, now),
    refresh_token: await jwt.sign(claims, refreshing, session.expiresAt),
    refresh_expires_in: secondsUntil(session.expiresAt, now),
  };
}

/** Returns the claims of a refresh token, or null if it is invalid. */
export async function readRefreshToken(token: string) {
  const claims = await jwt.verify(token, refreshing);
  if (!claims || typeof claims.gen !== "number") return null;
  const { sid, sub, epoch, gen } = claims;
  return { sid: String(sid), user: String(sub), epoch: Number(epoch), generation: gen };
}

const secondsUntil = (date: Date, now: number) => Math.max(0, Math.floor((date.getTime() - now) / 1000));
