import { AuditEvent } from "../../../src/models/audit-event.js";
import { User } from "../../../src/models/user.js";
import type { Member } from "../users.js";
import { readToken, visitor } from "../visitor.js";

/** The account of a user of the tests, as it is stored. */
export const accountOf = ({ username }: { username: string }) => User.findOne({ username }).orFail();
/** The path of the page that admins have about a user. */
export const getPage = async (person: { username: string }) => `/admin/users/${(await accountOf(person)).id}`;
/** The names of what happened to a user, newest first. */
export const listEvents = async (person: Member) =>
  (await AuditEvent.listForUser((await accountOf(person)).id)).events.map(({ event }) => event);

/** Sends one of the forms about a person. */
export async function act(admin: Member, person: { username: string }, verb: string, fields: [string, string][] = []) {
  const page = await getPage(person);
  const _csrf = readToken((await admin.get("/posts/new")).text);
  return admin.send(`${page}/${verb}`, String(new URLSearchParams([["_csrf", _csrf], ...fields])), {
    "content-type": "application/x-www-form-urlencoded",
  });
}
/** The field of the reason. */
export const because = (reason: string): [string, string][] => [["reason", reason]];
/** The fields of the chosen roles. */
export const roles = (...names: string[]): [string, string][] => names.map((name) => ["roles", name]);

/** Logs in with a new browser that is remembered. */
export async function logInRemembered({ username: login, password }: Member) {
  const browser = visitor();
  return { ...browser, page: await browser.submit("/login", { login, password, remember: "on" }) };
}
