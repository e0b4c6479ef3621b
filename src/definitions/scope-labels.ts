import type { Scope } from "./scopes.js";

/** What a token with a scope may do, to complete "It may …". */
export const scopeWords: Record<Scope, string> = {
  "account.read": "read your account",
  "account.edit": "change your profile",
  "posts.read": "read what you can read",
  "posts.write": "write posts, change and delete yours",
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
};
