/** Everything that can be allowed. What needs no permission (writing, one's own account) is not in here. */
export const permissions = [
  "users.read",
  "users.export",
  "users.disable",
  "users.help",
  "users.roles",
  "users.delete",
  "users.impersonate",
  "invitations.manage",
  "audit.read",
  "domains.manage",
  "domain.members",
  "posts.read.any",
  "posts.edit.any",
  "posts.delete.any",
] as const;
export type Permission = (typeof permissions)[number];
export const isPermission = (name: string): name is Permission => permissions.some((permission) => permission === name);

/**
 * The roles: named sets of permissions. A project adds a line. Held globally a role counts everywhere, held in a domain
 * only for what belongs to it. Everyone who is signed in is a `user`; in a domain that role says who its members are.
 */
export const roles = {
  superadmin: permissions,
  admin: permissions.filter((permission) => permission !== "domains.manage"),
  editor: ["posts.read.any", "posts.edit.any", "posts.delete.any"],
  user: [],
} as const satisfies Record<string, readonly Permission[]>;
export type Role = keyof typeof roles;

/** The names of all roles, the mightiest first. */
export const roleNames = Object.keys(roles) as [Role, ...Role[]];
/** The roles that somebody can have in a domain. */
export const domainRoles = ["admin", "editor", "user"] as const satisfies Role[];

/** A role that somebody has: everywhere, or in the domain with this id. */
export type Grant = { readonly role: Role; readonly domain: string | null };

/** The mightiest role that somebody has in a domain, or null when they are not in it. */
export const roleIn = (held: Iterable<{ role: string; domain?: unknown }>, domain: unknown): Role | null => {
  const here = [...held].filter((one) => one.domain && String(one.domain) === String(domain));
  return roleNames.find((name) => here.some(({ role }) => role === name)) ?? null;
};

/** What a role allows; nothing for a name that is no role any more. */
export const permissionsOf = (role: string): readonly Permission[] =>
  Object.hasOwn(roles, role) ? roles[role as Role] : [];
