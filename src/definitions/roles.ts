import { type Permission, permissions } from "./permissions.js";

type RoleDefinition = {
  /** Its name on pages. */
  label: string;
  /** What it is for, beside its name in forms. */
  hint: string;
  /** What it allows, to complete "There you can …": on the whole site, and in a domain. */
  texts: { site: string; domain: string };
  permissions: readonly Permission[];
  /** Where it can be held: on the whole site, where it counts for everything, or in a domain for what belongs to it. */
  heldIn: readonly ("site" | "domain")[];
  /** Held on the whole site, only superadmins give and take it, and change the accounts that have it; its user gets an email. */
  isLeading: boolean;
};

/**
 * The roles: named sets of permissions, the most powerful first. **A new role is one entry here**: forms, pages, the command
 * line, the API and the policies read it. Every user is a `user`; in a domain that role says who its members are.
 */
export const roles = {
  superadmin: {
    label: "Superadmin",
    hint: "Can do everything, including choosing who is an admin.",
    texts: {
      site: "do everything, including managing users, organizations and posts",
      domain: "do everything, including managing users, organizations and posts",
    },
    permissions,
    heldIn: ["site"],
    isLeading: true,
  },
  admin: {
    label: "Admin",
    hint: "Can manage users, invitations and posts, and read the audit log.",
    texts: { site: "manage the users and posts of the whole site", domain: "manage its members and posts" },
    permissions: permissions.filter((permission) => permission !== "domains.manage"),
    heldIn: ["site", "domain"],
    isLeading: true,
  },
  editor: {
    label: "Editor",
    hint: "Can read, edit and delete posts of other users, except drafts.",
    texts: { site: "edit and delete posts of other users", domain: "edit and delete posts of its members" },
    permissions: ["posts.read.any", "posts.edit.any", "posts.delete.any"],
    heldIn: ["site", "domain"],
    isLeading: false,
  },
  user: {
    label: "Member",
    hint: "Can read and write posts.",
    texts: { site: "read posts for members, and write your own", domain: "read its posts, and write your own" },
    permissions: [],
    heldIn: ["domain"],
    isLeading: false,
  },
} as const satisfies Record<string, RoleDefinition>;

export type Role = keyof typeof roles;

/** A role that a user has: everywhere, or in the domain with this id. */
export type Grant = { readonly role: Role; readonly domain: string | null };
/** Roles as they are stored. A name may be no role any more. */
type Held = Iterable<{ role: string; domain?: unknown }>;

const definitions: Record<Role, RoleDefinition> = roles;

/** The names of all roles, the most powerful first. */
export const roleNames = Object.keys(roles) as [Role, ...Role[]];
const listRolesHeldIn = (where: "site" | "domain") =>
  roleNames.filter((role) => definitions[role].heldIn.includes(where)) as [Role, ...Role[]];
/** The roles that a user can have on the whole site, beside `user`, which all are. */
export const siteRoles = listRolesHeldIn("site");
/** The roles that a user can have in a domain. */
export const domainRoles = listRolesHeldIn("domain");

const isRole = (name: string): name is Role => Object.hasOwn(roles, name);
/** The roles in a domain that manage its members: only users who manage every domain change who has one. */
export const managingRoles = domainRoles.filter((role) => definitions[role].permissions.includes("domain.members"));

/** What a role allows; nothing for a name that is no role any more. */
export const getPermissions = (name: string): readonly Permission[] => (isRole(name) ? roles[name].permissions : []);
/** Whether only superadmins decide who has it on the whole site. */
export const isLeading = (name: string): boolean => isRole(name) && roles[name].isLeading;

/** The most powerful role that a user has in a domain, or null when they are not in it. */
export function findRoleIn(held: Held, domain: unknown): Role | null {
  const here = [...held].filter((one) => one.domain && String(one.domain) === String(domain));
  return roleNames.find((name) => here.some(({ role }) => role === name)) ?? null;
}

/** A role as one of the choices in a form. */
export const toRoleChoice = (role: Role) => ({ value: role, label: roles[role].label, hint: roles[role].hint });

/** What a role allows where it is held, to complete "There you can …". */
export const describeRole = (role: Role, domain: unknown): string => roles[role].texts[domain ? "domain" : "site"];

/** Every answer of `describeRole`. */
export const roleTexts: ReadonlySet<string> = new Set(roleNames.flatMap((role) => Object.values(roles[role].texts)));

/** Roles as a list of users names them. @param names the domains' names by their ids */
export const listRoles = (held: Held, names: ReadonlyMap<string, string>): string[] =>
  [...held].map(({ role, domain }) => {
    const word = isRole(role) ? roles[role].label.toLowerCase() : role;
    return domain ? `${word} in ${names.get(String(domain)) ?? "a deleted organization"}` : word;
  });
