import type { Actor } from "../../actor.js";
import { getFieldDefinition, managedFieldNames } from "../../definitions/profile-fields.js";
import { listRoles } from "../../definitions/roles.js";
import type { UserQuestion } from "../../definitions/user-filters.js";
import { listUserStates } from "../../definitions/user-labels.js";
import { Forbidden } from "../../errors.js";
import { Domain } from "../../models/domain.js";
import { type ListedUser, streamUsers } from "../../models/user/search/list.js";
import { can } from "../../policies/permissions.js";
import { record } from "../audit.js";

/** Profile fields that admins see, after the columns that every installation has. */
const further = managedFieldNames.filter((field) => field !== "firstName" && field !== "lastName");

/** Columns of the export, with their headings: with all profile fields that admins see. */
export const columns = {
  username: "Username",
  firstName: "First name",
  lastName: "Last name",
  email: "Email",
  confirmed: "Email confirmed",
  roles: "Roles",
  state: "Status",
  seen: "Last login",
  since: "Joined",
  ...Object.fromEntries(further.map((field) => [field, getFieldDefinition(field).label])),
};

/**
 * Iterates over the users that match a query and returns them as rows. If the reader stops, the query in the database
 * ends too. The export is recorded in the audit log before the first row.
 * @param asked the query in words, for the audit log
 * @throws Forbidden
 */
export async function exportUsers(actor: Actor, question: UserQuestion, asked: string): Promise<AsyncIterable<object>> {
  if (!can(actor, "users.export")) throw new Forbidden();
  await record(actor, "users.exported", null, { asked });
  return streamRows(await streamUsers(question));
}

/** Converts users to rows. Reads the name of each domain once, for the first user who has a role in it. */
async function* streamRows(people: AsyncIterable<ListedUser>) {
  const named = new Map<string, string>();
  for await (const person of people) {
    const others = (person.roles ?? []).filter(({ domain }) => !named.has(String(domain)));
    for (const [id, name] of await Domain.namesIn(others)) named.set(id, name);
    yield createRow(person, named);
  }
}

const createRow = (person: ListedUser, named: ReadonlyMap<string, string>) => ({
  username: person.username,
  firstName: person.profile?.firstName ?? "",
  lastName: person.profile?.lastName ?? "",
  email: person.email,
  confirmed: person.emailConfirmedAt ? "yes" : "no",
  roles: listRoles(person.roles ?? [], named).join(", "),
  state: listUserStates(person).join(" "),
  seen: person.lastLoginAt ?? "",
  since: person.createdAt,
  ...Object.fromEntries(further.map((field) => [field, person.profile?.[field] ?? ""])),
});
