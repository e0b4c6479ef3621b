import type { Actor } from "../actor.js";
import { permissions } from "../definitions/permissions.js";
import { listScopesWithin, type Scope } from "../definitions/scopes.js";
import { canSomewhere } from "./permissions.js";

/** Members create tokens for themselves; neither a token nor an impersonating admin can do so. */
export const mayMakeTokens = (actor: Actor): boolean =>
  actor.user?.isMember === true && actor.scopes === null && !actor.impersonator;

/** Lists the scopes that the actor can give a token: their own things, and what their roles allow now. */
export const listScopes = (actor: Actor): Scope[] =>
  listScopesWithin(permissions.filter((permission) => canSomewhere(actor, permission)));
