import { hasAddress, hasSubject } from "./features.js";
import { type Permission, permissions } from "./permissions.js";
import { extend } from "./site-part.js";

type RoleDefinition = {
  /** The name of the role on pages. */
  label: string;
  /** The purpose of the role, shown beside its name in forms. */
  hint: string;
  /** Texts that complete the sentence "There you can …": on the whole site, and in a domain. */
  texts: { site: string; domain: string };
  permissions: readonly Permission[];
  /** Places where a user can have the role: the whole site, a single domain, or both. */
  heldIn: readonly ("site" | "domain")[];
  /**
   * True if only superadmins can grant and revoke it for the whole site, and change accounts that have it. The user
   * gets an email about it.
   */
  isLeading: boolean;
};

/** Permissions that admins do not have. */
const superadminsOnly: Permission[] = ["webhooks.manage", "domains.manage", "health.read"];

// What the texts below speak of: only features that are not switched off.
const [hasPosts, hasDomains] = [hasAddress("/posts"), hasAddress("/domains")];
const enumerate = (...words: (string | false)[]) =>
  new Intl.ListFormat("en-GB").format(words.filter((word) => word !== false));
const everything = `do everything, including managing ${enumerate("users", hasDomains && "organizations", hasPosts && "posts")}`;

/**
 * The roles: named sets of permissions, most powerful first. **To add a role, add one entry here**, or to `roles` in
 * src/site/definitions.ts: forms, pages, the command line, the API and the policies use this list. Every account has the role `user`; in a domain, that role makes
 * a user a member.
 */
export const roles = extend("roles", {
  superadmin: {
    label: "Superadmin",
    hint: "Can do everything, including choosing who is an admin.",
    texts: { site: everything, domain: everything },
    permissions,
    heldIn: ["site"],
    isLeading: true,
  },
  admin: {
    label: "Admin",
    hint: `Can manage ${enumerate("users", "invitations", hasPosts && "posts")}, and read the audit log.`,
    texts: {
      site: `manage the ${enumerate("users", hasPosts && "posts")} of the whole site`,
      domain: `manage its ${enumerate("members", hasPosts && "posts")}`,
    },
    permissions: permissions.filter((permission) => !superadminsOnly.includes(permission)),
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
    hint: hasPosts ? "Can read and write posts." : "Can manage their own account.",
    texts: hasPosts
      ? { site: "read posts for members, and write your own", domain: "read its posts, and write your own" }
      : { site: "manage your own account", domain: "see who its members are" },
    permissions: [],
    heldIn: ["domain"],
    isLeading: false,
  },
} as const satisfies Record<string, RoleDefinition>);

export type Role = keyof typeof roles;

/** A role that a user has: for the whole site, or in the domain with this id. */
export type Grant = { readonly role: Role; readonly domain: string | null };
/** Stored roles. A stored name can be that of a role that no longer exists. */
type Held = Iterable<{ role: string; domain?: unknown }>;

const definitions: Record<Role, RoleDefinition> = roles;

const toRank = (role: string) => (role === "user" ? 1 : 0);
/** The names of all roles, most powerful first. Those of the site come before `user`. */
export const roleNames = Object.keys(roles).sort((one, other) => toRank(one) - toRank(other)) as [Role, ...Role[]];
const isOffered = ({ permissions }: RoleDefinition) => permissions.length === 0 || permissions.some(hasSubject);
/** The roles that can be granted: without those that permit nothing but features that are switched off. */
export const offeredRoles = roleNames.filter((role) => isOffered(definitions[role]));
const listRolesHeldIn = (where: "site" | "domain") =>
  offeredRoles.filter((role) => definitions[role].heldIn.includes(where)) as [Role, ...Role[]];
/** Roles that a user can have on the whole site, in addition to `user`. */
export const siteRoles = listRolesHeldIn("site");
/** Roles that a user can have in a domain. */
export const domainRoles = listRolesHeldIn("domain");

const isRole = (name: string): name is Role => Object.hasOwn(roles, name);
/** Roles that manage the members of a domain. Only users who manage every domain can grant and revoke them. */
export const managingRoles = domainRoles.filter((role) => definitions[role].permissions.includes("domain.members"));

/** Returns the permissions of a role, or none if the role no longer exists. */
export const getPermissions = (name: string): readonly Permission[] => (isRole(name) ? roles[name].permissions : []);
/** Roles with a permission. Users who have one of them are admins where this application protects accounts. */
export const adminRoles = roleNames.filter((role) => definitions[role].permissions.length > 0);
/** Returns true if one of the roles has a permission. */
export const isAdmin = (held: Held): boolean => [...held].some(({ role }) => getPermissions(role).length > 0);
/** Returns true if only superadmins can grant the role for the whole site. */
export const isLeading = (name: string): boolean => isRole(name) && roles[name].isLeading;

/** Returns the user's most powerful role in a domain, or null if the user has none there. */
export function findRoleIn(held: Held, domain: unknown): Role | null {
  const here = [...held].filter((one) => one.domain && String(one.domain) === String(domain));
  return roleNames.find((name) => here.some(({ role }) => role === name)) ?? null;
}

/** Returns true if the role is more powerful than the other one. */
export const isHigherRole = (role: Role, other: Role): boolean => roleNames.indexOf(role) < roleNames.indexOf(other);

/** Converts a role to a choice in a form. */
export const toRoleChoice = (role: Role) => ({ value: role, label: roles[role].label, hint: roles[role].hint });

/** Returns what a role allows, to complete the sentence "There you can …". @param domain null for the whole site */
export const describeRole = (role: Role, domain: unknown): string => roles[role].texts[domain ? "domain" : "site"];

/** All possible results of `describeRole`. */
export const roleTexts: ReadonlySet<string> = new Set(roleNames.flatMap((role) => Object.values(roles[role].texts)));

/** Returns the names of a user's roles for the user list. @param names domain names by id */
export const listRoles = (held: Held, names: ReadonlyMap<string, string>): string[] =>
  [...held].map(({ role, domain }) => {
    const word = isRole(role) ? roles[role].label.toLowerCase() : role;
    return domain ? `${word} in ${names.get(String(domain)) ?? "a deleted organization"}` : word;
  });

/** Returns the roles of a user as one string, to detect a change. */
export const rolesFingerprint = ({ roles }: { roles: Held }): string =>
  [...roles]
    .map(({ role, domain }) => `${role}@${domain ?? ""}`)
    .sort()
    .join(" ");
