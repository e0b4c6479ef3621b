import { type Permission, permissionTexts } from "./permissions.js";

/** Scopes for the owner's own account and posts. They need no permission, but a token must include them. */
const ownScopeTexts = {
  "account.read": "read your account",
  "account.edit": "change your profile",
  "posts.read": "read the posts that you can see",
  "posts.write": "create posts, and edit or delete your own",
} as const;

/**
 * All scopes, with texts that complete the sentence "It can …": those for the owner's own data, and all permissions.
 */
export const scopeTexts = { ...ownScopeTexts, ...permissionTexts };
export type Scope = keyof typeof scopeTexts;
export const scopes = Object.keys(scopeTexts) as [Scope, ...Scope[]];

/** Lists the scopes that a user with these permissions can give to a token. */
export const listScopesWithin = (held: readonly Permission[]): Scope[] =>
  scopes.filter((scope) => Object.hasOwn(ownScopeTexts, scope) || held.some((permission) => permission === scope));
