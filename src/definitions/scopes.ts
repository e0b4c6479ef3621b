import { hasSubject } from "./features.js";
import { type Permission, permissionTexts } from "./permissions.js";

/** Scopes for the owner's own account and posts. They need no permission, but a token must include them. */
const ownScopeTexts = {
  "account.read": "read your account",
  "account.edit": "change your profile",
  "posts.read": "read the posts that you can see, and their comments",
  "posts.write": "create posts and comments, and edit or delete your own",
  "domains.read": "read the organizations that you can see, and who their members are",
} as const;

/**
 * All scopes, with texts that complete the sentence "It can …": those for the owner's own data, and all permissions.
 */
export const scopeTexts = { ...ownScopeTexts, ...permissionTexts };
export type Scope = keyof typeof scopeTexts;
export const scopes = Object.keys(scopeTexts) as [Scope, ...Scope[]];

/** Lists the scopes that a user with these permissions can give to a token, without those of features that are off. */
export const listScopesWithin = (held: readonly Permission[]): Scope[] =>
  scopes.filter(
    (scope) =>
      hasSubject(scope) && (Object.hasOwn(ownScopeTexts, scope) || held.some((permission) => permission === scope)),
  );
