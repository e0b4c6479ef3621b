import { AuditEvent } from "../../../src/models/audit-event.js";
import { User } from "../../../src/models/user.js";
import type { Member } from "../users.js";
import { readToken, visitor } from "../visitor.js";

/** Returns the stored account of a test user. */
export const accountOf = ({ username }: { username: string }) => User.findOne({ username }).orFail();
/** Returns the path of a user's admin page. */
export const getPage = async (person: { username: string }) => `/admin/users/${(await accountOf(person)).id}`;
/** Lists the names of a user's events, newest first. */
export const listEvents = async (person: Member) =>
  (await AuditEvent.listForUser((await accountOf(person)).id)).events.map(({ event }) => event);

/** Sends one of the admin forms about a user. */
export async function act(admin: Member, person: { username: string }, verb: string, fields: [string, string][] = []) {
  const page = await getPage(person);
  const _csrf = readToken((await admin.get("/posts/new")).text);
  return admin.send(`${page}/${verb}`, String(new URLSearchParams([["_csrf", _csrf], ...fields])), {
    "content-type": "application/x-www-form-urlencoded",
  });
}
/** The field with the reason. */
export const because = (reason: string): [string, string][] => [["reason", reason]];
/** The fields of the ticked roles. */
export const roles = (...names: string[]): [string, string][] => names.map((name) => ["roles", name]);

/** Logs in with a new browser that is then remembered. */
export async function logInRemembered({ username: login, password }: Member) {
  const browser = visitor();
  return { ...browser, page: await browser.submit("/login", { login, password, remember: "on" }) };
}
