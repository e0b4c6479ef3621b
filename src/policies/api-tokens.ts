import type { Actor } from "../actor.js";
import { permissions } from "../definitions/permissions.js";
import { listScopesWithin, type Scope } from "../definitions/scopes.js";
import { canSomewhere } from "./permissions.js";

/** Members make tokens for themselves; never a token, and never who acts as somebody else. */
export const mayMakeTokens = (actor: Actor): boolean =>
  actor.user?.isMember === true && actor.scopes === null && !actor.impersonator;

/** What somebody can make a token for: their own things, and what their roles allow now. */
export const listScopes = (actor: Actor): Scope[] =>
  listScopesWithin(permissions.filter((permission) => canSomewhere(actor, permission)));
