import type { Role } from "./permissions.js";

/** What somebody may do with a role everywhere, to complete "There you may …". */
const everywhere: Record<Role, string> = {
  superadmin: "do everything: look after people, domains and posts",
  admin: "look after the people and posts of the whole site",
  editor: "correct and remove what others posted",
  user: "read what is for members, and write",
};

/** The same where the role is held in a domain. */
const inDomain: Record<Role, string> = {
  ...everywhere,
  admin: "look after its members and posts",
  editor: "correct and remove what its members posted",
  user: "read what is for its members, and write there",
};

/** What a role means, in plain words. */
export const roleInWords = (role: Role, domain: unknown): string => (domain ? inDomain : everywhere)[role];

/** Every answer of `roleInWords`. */
export const allRoleWords: ReadonlySet<string> = new Set([...Object.values(everywhere), ...Object.values(inDomain)]);

/** Roles as a list of people names them. @param named what domains are called, by their ids */
export const rolesInList = (
  held: Iterable<{ role: string; domain?: unknown }>,
  named: ReadonlyMap<string, string>,
): string[] =>
  [...held].map(({ role, domain }) =>
    domain ? `${role} in ${named.get(String(domain)) ?? "a domain that is gone"}` : role,
  );
