import type { Actor } from "../actor.js";
import { permissions } from "../definitions/permissions.js";
import { listScopesWithin, type Scope } from "../definitions/scopes.js";
import { canSomewhere } from "./permissions.js";

/** Members can create tokens for themselves, but not with a token, and admins cannot while they impersonate a user. */
export const mayMakeTokens = (actor: Actor): boolean =>
  actor.user?.isMember === true && actor.scopes === null && !actor.impersonator;

/**
 * Lists the scopes that the actor can give to a token: those for their own data, and those that their roles allow now.
 */
export const listScopes = (actor: Actor): Scope[] =>
  listScopesWithin(permissions.filter((permission) => canSomewhere(actor, permission)));
