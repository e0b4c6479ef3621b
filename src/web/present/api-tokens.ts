import type { Actor } from "../../actor.js";
import type { Scope } from "../../definitions/scopes.js";
import { scopeTexts } from "../../definitions/scopes.js";
import type { ApiTokenFields } from "../../models/api-token.js";
import { listScopes } from "../../policies/api-tokens.js";

/** A token as its owner, and who looks after them, see it: everything but the secret, which nobody has but the owner. */
export const presentToken = (token: ApiTokenFields) => ({
  id: String(token._id),
  description: token.description,
  beginning: token.beginning,
  scopes: token.scopes.map((name) => ({ name, words: formatScope(name) })),
  createdAt: token.createdAt,
  expiresAt: token.expiresAt,
  lastUsedAt: token.lastUsedAt ?? null,
  lastUsedIp: token.lastUsedIp ?? null,
});

/** A scope of a role that was taken out of the code since has no words any more. */
const formatScope = (scope: Scope) => scopeTexts[scope] ?? scope;

/** What a token can be made for, as boxes to tick. */
export const presentScopeChoices = (actor: Actor) =>
  listScopes(actor).map((value) => ({ value, label: sentence(scopeTexts[value]), hint: value }));

const sentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);

/** How long a token lasts, to choose from. */
export const tokenLifetimes = [7, 30, 90, 365].map((days) => ({ value: String(days), text: `${days} days` }));
