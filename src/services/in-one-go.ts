import { isUnavailable } from "../database/errors.js";
import { newRunId, once } from "../models/once.js";

/**
 * Does what a request asks for that changes no account: links, emails, audit events. When the database is away for a moment, so that
 * nobody knows how far it came, it is done a second time under the same ids: what is there already is not written twice.
 */
export async function inOneGo<Result>(act: () => Promise<Result>): Promise<Result> {
  const id = newRunId();
  try {
    return await once(id, act);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return once(id, act);
  }
}
