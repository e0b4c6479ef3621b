import { listRoles } from "../../definitions/roles.js";
import { factorWords, listUserStates, roleWords, seenWords, stateWords } from "../../definitions/user-labels.js";
import type { UsersQuery } from "../../forms/admin/users.js";
import type { ListedUser, Total } from "../../models/user/search/list.js";

const LIST = "/admin/users";
type Asked = Partial<UsersQuery>;

/** Formats the filters of a list as a query string and omits default values. */
export function formatQuery({ q, role, state, seen, factor, sort, page }: Asked): string {
  const said = { q, role, state, seen, factor, sort: sort === "newest" ? "" : sort, page: page === "1" ? "" : page };
  const given = Object.entries(said).filter(([, value]) => value) as [string, string][];
  return String(new URLSearchParams(given));
}

export function getListUrl(asked: Asked, at = LIST): string {
  const query = formatQuery(asked);
  return query ? `${at}?${query}` : at;
}

/** Presents the active filters, each with the URL of the list without that filter. */
export function presentFilters(asked: UsersQuery) {
  const { q, role, state, seen, factor } = asked;
  const first = { ...asked, page: "1" };
  const filters = [
    { set: q, text: `“${q}”`, without: { ...first, q: "" } },
    { set: role, text: role && roleWords[role], without: { ...first, role: undefined } },
    { set: state, text: state && stateWords[state], without: { ...first, state: undefined } },
    {
      set: seen,
      text: seen && `Last login: ${seenWords[seen].toLowerCase()}`,
      without: { ...first, seen: undefined },
    },
    { set: factor, text: factor && factorWords[factor], without: { ...first, factor: undefined } },
  ];
  return filters.filter(({ set }) => set).map(({ text, without }) => ({ text, without: getListUrl(without) }));
}

/** Formats the number of users. */
export function formatTotal({ number, orMore }: Total): string {
  const shown = number.toLocaleString("en");
  if (orMore) return number === 0 ? "" : `${shown}+ users`;
  return number === 1 ? "1 user" : `${shown} users`;
}

/** Presents a user as a row of the list. @param named domain names by id */
export const presentListedUser = (person: ListedUser, named: ReadonlyMap<string, string> = new Map()) => ({
  id: String(person._id),
  username: person.username,
  picture: person.picture ?? null,
  name: [person.profile?.firstName, person.profile?.lastName].filter(Boolean).join(" "),
  email: person.email,
  roles: listRoles(person.roles ?? [], named),
  states: listUserStates(person).map((state) => ({ state, text: stateWords[state] })),
  lastSeen: person.lastLoginAt ?? null,
  since: person.createdAt,
});
