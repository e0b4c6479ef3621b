import { type Permission, permissionTexts } from "./permissions.js";

/** What a token may do with what is its owner's; it needs no permission, but a token has to be made for it. */
const ownScopeTexts = {
  "account.read": "read your account",
  "account.edit": "change your profile",
  "posts.read": "read the posts that you can see",
  "posts.write": "create posts, and edit or delete your own",
} as const;

/** What a token with a scope may do, to complete "It can …": its owner's own things, and the permissions by their names. */
export const scopeTexts = { ...ownScopeTexts, ...permissionTexts };
export type Scope = keyof typeof scopeTexts;
export const scopes = Object.keys(scopeTexts) as [Scope, ...Scope[]];

/** What the owner of these permissions can make a token for. */
export const listScopesWithin = (held: readonly Permission[]): Scope[] =>
  scopes.filter((scope) => Object.hasOwn(ownScopeTexts, scope) || held.some((permission) => permission === scope));
