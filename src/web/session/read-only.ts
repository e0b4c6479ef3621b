import type { Request } from "express";
import { rolesFingerprint } from "../../definitions/roles.js";
import { createSignedCookieReader } from "../cookies.js";
import { hasRememberCookie } from "./remember-cookie.js";
import { findSession, keepAlive, SESSION_COOKIE } from "./store.js";

const readSessionId = createSignedCookieReader(SESSION_COOKIE);

/**
 * Gives a request that only reads its session and its user, without express-session. That library hashes a session
 * three times to notice changes, and then writes the page in two parts (docs/decisions/0051-read-only-sessions.md). The
 * session is frozen, so that a handler that changes it fails instead of losing the change.
 *
 * | GET with this cookie                                          | effect                                         |
 * | ------------------------------------------------------------- | ---------------------------------------------- |
 * | a live session                                                | user and session, which is extended if due     |
 * | a session that ended                                          | a visitor                                      |
 * | a session that ended, and a remember-me cookie                | false: a new session starts                    |
 * | a live session that this request must change (rotate.ts ...)  | false                                          |
 *
 * @returns false if express-session must load the session
 */
export async function readSession(req: Request): Promise<boolean> {
  const sid = readSessionId(req);
  const found = sid === null ? null : await findSession(sid);
  if (sid === null || !found) return sid !== null && !hasRememberCookie(req);
  const { session, lastModified, person } = found;
  if (isChanging(session) || (session.rights ?? "") !== rolesFingerprint(person)) return false;
  req.sessionID = sid;
  req.session = Object.freeze({ ...session, lastModified }) as unknown as Request["session"];
  req.user = req.person = person;
  keepAlive(sid, lastModified);
  return true;
}

/** Returns true if the next request changes the session: it lacks its CSRF secret, or is in the middle of a rotation. */
const isChanging = ({ csrfSecret, unseen, isOffered, isSucceeded }: Record<string, unknown>): boolean =>
  !csrfSecret || Boolean(unseen || isOffered || isSucceeded);
