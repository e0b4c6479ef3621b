import { type Permission, permissions } from "./permissions.js";

/** What somebody may do with what is theirs; it needs no permission, but a token has to be made for it. */
const ownScopes = ["account.read", "account.edit", "posts.read", "posts.write"] as const;

/** What a token can be made for: its owner's own things, and the permissions by their names (definitions/permissions.ts). */
export type Scope = (typeof ownScopes)[number] | Permission;
export const scopes: readonly [Scope, ...Scope[]] = [...ownScopes, ...permissions];

/** What the owner of these permissions can make a token for. */
export const scopesWithin = (held: readonly Permission[]): Scope[] =>
  scopes.filter((scope) => ownScopes.some((own) => own === scope) || held.some((permission) => permission === scope));
