/**
 * All permissions of roles, with texts that complete "It may …" for a token. Actions without a permission (posting, the user's
 * own account) are not here. A new permission is one entry; roles.ts assigns it to roles.
 */
export const permissionTexts = {
  "users.read": "read everybody's account",
  "users.export": "take copies of the list of people",
  "users.disable": "lock people out and let them in again",
  "users.help": "sign people out and send them links",
  "users.roles": "give roles and take them",
  "users.delete": "delete accounts",
  "users.impersonate": "act as somebody else",
  "invitations.manage": "invite people",
  "audit.read": "read the audit log",
  "domains.manage": "open and close domains",
  "domain.members": "look after the members of domains",
  "posts.read.any": "read every post but drafts",
  "posts.edit.any": "correct everybody's posts",
  "posts.delete.any": "delete everybody's posts",
} as const;

export type Permission = keyof typeof permissionTexts;
export const permissions = Object.keys(permissionTexts) as Permission[];
export const isPermission = (name: string): name is Permission => Object.hasOwn(permissionTexts, name);
