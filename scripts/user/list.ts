import { states, type UserState } from "../../src/definitions/user-filters.js";
import { listUserStates } from "../../src/definitions/user-labels.js";
import { splitQuestion } from "../../src/lib/text/search-terms.js";
import { type ListedUser, streamUsers } from "../../src/models/user/search/list.js";
import { Misuse } from "../support/command-line.js";
import { rolesIn, type Values, type Verb } from "./verb.js";

const USUAL_LIMIT = 50;

export const list: Verb = {
  usage: "[--search WORDS] [--role ROLE] [--state STATE] [--limit NUMBER]",
  about: `Lists users, newest first; ${USUAL_LIMIT} by default.`,
  options: {
    search: { type: "string", about: "start of a username, a name or an email address" },
    role: { type: "string", about: "only users with this role, anywhere" },
    state: { type: "string", about: states.join(", ") },
    limit: { type: "string", about: "maximum number of users" },
  },
  takesPerson: false,
  async run(values) {
    const [[role], state, limit] = [rolesIn(values), stateIn(values), limitIn(values)];
    const words = splitQuestion(typeof values.search === "string" ? values.search : "");
    const found = await streamUsers({ words, sort: "newest", ...(role && { role }), ...(state && { state }) });
    const people = [];
    for await (const person of found) {
      people.push(formatShort(person));
      if (people.length === limit) break;
    }
    const lines = people.map(({ username, email, roles, states }) =>
      [username, email, roles, states].flat().join("  "),
    );
    return { text: lines.join("\n") || "No users found.", data: { people } };
  },
};

const formatShort = (person: ListedUser) => ({
  id: String(person._id),
  username: person.username,
  email: person.email,
  roles: (person.roles ?? []).map(({ role, domain }) => (domain ? `${role}@${domain}` : role)),
  states: listUserStates(person),
});

function stateIn({ state }: Values): UserState | undefined {
  const known = states.find((one) => one === state);
  if (state !== undefined && !known) throw new Misuse(`Unknown state. States: ${states.join(", ")}.`);
  return known;
}

function limitIn({ limit = String(USUAL_LIMIT) }: Values): number {
  if (!/^[1-9]\d{0,5}$/.test(String(limit))) throw new Misuse("--limit must be a whole number, 1 or more.");
  return Number(limit);
}
