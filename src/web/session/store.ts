import MongoStore from "connect-mongo";
import type { NextFunction, Request, RequestHandler } from "express";
import session, { type Session as ExpressSession, type SessionData } from "express-session";
import mongoose from "mongoose";
import type { RequestUser } from "../../actor.js";
import { config } from "../../config/index.js";
import { batchWrites } from "../../lib/async/batch-writer.js";
import { createSecret, storageId } from "../../lib/secrets.js";
import { log } from "../../log.js";
import { type Extension, Session, type SessionContent } from "../../models/session.js";
import { cookieOptions, getCookieName } from "../cookies.js";
import { toCurrentUser } from "./current-user.js";

type Done = (error?: unknown) => void;
/** A session as read from the database, with its user. */
export type Loaded = SessionData & { lastModified?: Date; person?: RequestUser };

/** The cookie of a user's own session. */
export const SESSION_COOKIE = "sid";
const TOUCH_SHARE = 0.1; // minimum time between two extensions of a session, as a share of the idle limit

export { storageId };

/** Finds the live session with this id and its user, or returns null. Excludes impersonation sessions. */
export const findSession = (sid: string) => find(sid, false);

/** Finds a live impersonation session and its user, or returns null. Excludes all other sessions. */
export const findImpersonationSession = (sid: string) => find(sid, true);

/**
 * Returns when a session ends if no request follows this one. A request soon after the last extension does not extend it
 * again.
 * @param lastModified time of the last extension; undefined for a session that starts with this request
 */
export function getIdleEnd(lastModified: Date | undefined): number {
  const [now, last] = [Date.now(), lastModified?.getTime() ?? 0];
  return (now - last < config.sessionIdleMs * TOUCH_SHARE ? last : now) + config.sessionIdleMs;
}

/**
 * Sessions to extend. Responses do not wait for it, and the requests of one moment share a write. If an extension is lost,
 * the next request repeats it.
 */
const extensions = batchWrites<Extension>(Session.prolong, (error) =>
  log.warn({ event: "session.not-extended", err: error }, "sessions were not extended"),
);

/**
 * Extends a session soon, if it is due.
 * @param lastModified time of the last extension
 */
export function keepAlive(sid: string, lastModified: Date | undefined): void {
  const end = getIdleEnd(lastModified);
  if (end === (lastModified?.getTime() ?? 0) + config.sessionIdleMs) return;
  extensions.add(storageId(sid), { expires: new Date(end), lastModified: new Date() });
}

async function find(sid: string, isActing: boolean) {
  const found = await Session.findLive(storageId(sid), config.sessionAbsoluteMs);
  if (!found || isActing !== Boolean(found.session.impersonator)) return null;
  const person = toCurrentUser(found.person);
  return person.isMember ? { ...found, person } : null; // pending registrations have no sessions, not even old ones
}

/**
 * A connect-mongo store with three differences. Sessions and their users are read together, several in one query. A
 * concurrent request cannot store or extend a session that has ended. Sessions beyond their limits are not found.
 */
export class SessionStore extends MongoStore {
  /** Gives the request an empty session with a new id (set by express-session). */
  declare generate: (req: Request) => void;
  readonly #find: typeof findSession;
  /** What was stored of the sessions of the current requests. */
  readonly #stored = new WeakMap<SessionData, string>();

  /** @param find determines which kind of session this store accepts */
  constructor(find: typeof findSession) {
    super({
      client: mongoose.connection.getClient() as never,
      dbName: mongoose.connection.name,
      stringify: false,
      autoRemove: "disabled", // the model defines the TTL index
      transformId: storageId,
      ttl: config.sessionIdleMs / 1000,
      touchAfter: (config.sessionIdleMs * TOUCH_SHARE) / 1000,
    });
    this.#find = find;
  }

  override get(sid: string, callback: (error: unknown, session?: SessionData | null) => void): void {
    this.#find(sid).then((found) => {
      if (!found) return callback(null, null);
      // Not enumerable, because express-session would otherwise compare and store it with the session.
      const { session, lastModified, person } = found;
      const data = Object.defineProperty({ ...session, lastModified }, "person", { value: person });
      callback(null, data as unknown as SessionData);
    }, callback);
  }

  /** Sets the user that was read with the session on the request. Passport takes it from there. */
  override createSession(req: Request, data: SessionData): ExpressSession & SessionData {
    req.person = (data as Loaded).person;
    return super.createSession(req, data) as ExpressSession & SessionData;
  }

  /** Gives the request a new session, and ends the one that it had. That of a visitor is empty and was never stored. */
  override regenerate(req: Request, callback: Done): void {
    if ("passport" in req.session) return void super.regenerate(req, callback);
    this.generate(req);
    callback();
  }

  /** Stores a session. A login stores it, and express-session does so again at the end of the response. */
  override set(sid: string, session: SessionData, callback: Done = () => {}): void {
    const { lastModified: _, ...content } = session as Loaded;
    const text = JSON.stringify([sid, content]);
    if (this.#stored.get(session) === text) {
      callback(null);
      return;
    }
    const plain = { ...content, cookie: JSON.parse(JSON.stringify(session.cookie)) } as unknown as SessionContent;
    const expires = new Date(Date.now() + config.sessionIdleMs);
    Session.store(storageId(sid), plain, expires).then(() => {
      this.#stored.set(session, text);
      callback(null);
    }, callback);
  }

  /** Extends the session. The response does not wait for it. */
  override touch(sid: string, session: SessionData, callback: Done = () => {}): void {
    keepAlive(sid, (session as Loaded).lastModified);
    callback(null);
  }

  override destroy(sid: string, callback: Done = () => {}): void {
    Session.end(storageId(sid)).then(() => callback(null), callback);
  }
}

/** Continues a request with the live session of this id. Returns false if there is none. */
export async function joinSession(req: Request, sid: string): Promise<boolean> {
  const found = await new Promise<SessionData | null | undefined>((resolve, reject) => {
    req.sessionStore.get(sid, (error, data) => (error ? reject(error) : resolve(data)));
  });
  if (!found) return false;
  req.sessionID = sid;
  req.sessionStore.createSession(req, found);
  return true;
}

/** Creates a handler that loads the session named by this cookie. */
export function loadSessionFrom(cookie: string, store: SessionStore): RequestHandler {
  const load = session({
    name: getCookieName(cookie),
    secret: config.sessionSecrets,
    genid: ({ startingSession }) => startingSession?.arrival.session ?? createSecret(),
    resave: false,
    saveUninitialized: false,
    store,
    cookie: cookieOptions,
  });
  return (req, res, next) => load(req, res, onlyOnce(req, next));
}

/**
 * Calls `next` only once. If a session cannot be saved at the end of a response, express-session calls `next` again
 * with that error. The response is already sent, and Express would close the connection.
 */
function onlyOnce(req: Request, next: NextFunction): NextFunction {
  let isCalled = false;
  return (error?: unknown) => {
    if (isCalled) return log.error({ event: "session.not-saved", request: req.id, err: error }, "session not saved");
    isCalled = true;
    next(error);
  };
}
