import { extend } from "./site-part.js";

/**
 * All permissions of roles. Their texts complete the sentence "It can …" about a token. Actions that need no permission
 * (posting, the user's own account) are missing. To add a permission, add one entry here, or to
 * `permissions` in src/site/definitions.ts, and assign it to roles.
 */
export const permissionTexts = extend("permissions", {
  "users.read": "read all accounts",
  "users.export": "export the list of users",
  "users.disable": "disable and enable accounts",
  "users.edit": "change usernames, profiles and email addresses",
  "users.help": "log users out and send them links",
  "users.roles": "grant and revoke roles",
  "users.delete": "delete accounts",
  "users.impersonate": "act as another user",
  "invitations.manage": "invite users",
  "audit.read": "read the audit log",
  "health.read": "read the health of the installation",
  "webhooks.manage": "manage webhooks, and read the log of their events",
  "domains.manage": "create and delete organizations",
  "domain.members": "manage members of organizations",
  "posts.read.any": "read all posts except drafts",
  "posts.edit.any": "edit any post",
  "posts.delete.any": "delete any post",
} as const);

export type Permission = keyof typeof permissionTexts;
export const permissions = Object.keys(permissionTexts) as Permission[];
export const isPermission = (name: string): name is Permission => Object.hasOwn(permissionTexts, name);
