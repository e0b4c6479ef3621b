import type { Actor } from "../actor.js";
import { Forbidden } from "../errors.js";
import type { Question } from "../lib/people-questions.js";
import { statesOf } from "../lib/people-words.js";
import { everyPerson, type Listed } from "../models/people-list.js";
import { can } from "../policies/roles.js";
import { record } from "./audit.js";

/** The columns of the exported list, and what each is called. */
export const columns = {
  username: "Username",
  firstName: "First name",
  lastName: "Last name",
  email: "E-mail",
  confirmed: "Address confirmed",
  roles: "Roles",
  state: "State",
  seen: "Last seen",
  since: "Signed up",
};

/**
 * The people who fit a question as rows, one by one; reading no further ends it in the database too. That the list was taken
 * is written down before the first of them. @param asked the question in words, for the audit log @throws Forbidden
 */
export async function exportPeople(actor: Actor, question: Question, asked: string): Promise<AsyncIterable<object>> {
  if (!can(actor, "users.export")) throw new Forbidden();
  await record(actor, "users.exported", null, { asked });
  return rowsOf(await everyPerson(question));
}

async function* rowsOf(people: AsyncIterable<Listed>) {
  for await (const person of people) yield rowOf(person);
}

const rowOf = (person: Listed) => ({
  username: person.username,
  firstName: person.profile?.firstName ?? "",
  lastName: person.profile?.lastName ?? "",
  email: person.email,
  confirmed: person.emailConfirmedAt ? "yes" : "no",
  roles: (person.roles ?? []).map(({ role, domain }) => (domain ? `${role} of ${domain}` : role)).join(" "),
  state: statesOf(person).join(" "),
  seen: person.lastLoginAt ?? "",
  since: person.createdAt,
});
