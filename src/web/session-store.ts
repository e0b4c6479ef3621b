import { createHash } from "node:crypto";
import MongoStore from "connect-mongo";
import type { Request } from "express";
import type { Session as ExpressSession, SessionData } from "express-session";
import mongoose from "mongoose";
import type { Person } from "../actor.js";
import { config } from "../config.js";
import { Session, type SessionContent } from "../models/session.js";

type Done = (error?: unknown) => void;
type Loaded = SessionData & { lastModified?: Date; person?: Person };

const TOUCH_SHARE = 0.1; // of the idle limit: a session is written back that seldom

/** What a session is called in the database. */
export const storageId = (sid: string) => createHash("sha256").update(sid).digest("hex");

/** The live session under this id, and its person as requests carry them; or null. */
export async function findSession(sid: string) {
  const found = await Session.findLive(storageId(sid), config.sessionAbsoluteMs);
  if (!found) return null;
  const isMember = found.person.isEmailConfirmed || config.emailConfirmation === "optional";
  return { ...found, person: { ...found.person, isMember } satisfies Person };
}

/**
 * connect-mongo with three differences: sessions and their people are read together, many in one query; a session
 * that ended cannot be written back by a request in flight; and a session past its limits is not found.
 */
export class SessionStore extends MongoStore {
  constructor() {
    super({
      client: mongoose.connection.getClient() as never,
      dbName: mongoose.connection.name,
      stringify: false,
      autoRemove: "disabled", // the TTL index is the model's
      transformId: storageId,
      ttl: config.sessionIdleMs / 1000,
      touchAfter: (config.sessionIdleMs * TOUCH_SHARE) / 1000,
    });
  }

  override get(sid: string, callback: (error: unknown, session?: SessionData | null) => void): void {
    findSession(sid).then((found) => {
      if (!found) return callback(null, null);
      // Not enumerable: what express-session compares and stores is the session alone.
      const { session, lastModified, person } = found;
      const data = Object.defineProperty({ ...session, lastModified }, "person", { value: person });
      callback(null, data as unknown as SessionData);
    }, callback);
  }

  /** Hands the person that was read with the session to the request, where passport finds them. */
  override createSession(req: Request, data: SessionData): ExpressSession & SessionData {
    req.person = (data as Loaded).person;
    return super.createSession(req, data) as ExpressSession & SessionData;
  }

  override set(sid: string, session: SessionData, callback: Done = () => {}): void {
    const { lastModified: _, ...content } = session as Loaded;
    const plain = { ...content, cookie: JSON.parse(JSON.stringify(session.cookie)) } as unknown as SessionContent;
    const expires = new Date(Date.now() + config.sessionIdleMs);
    Session.store(storageId(sid), plain, expires).then(() => callback(null), callback);
  }

  override destroy(sid: string, callback: Done = () => {}): void {
    Session.end(storageId(sid)).then(() => callback(null), callback);
  }
}
