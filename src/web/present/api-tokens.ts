import type { Actor } from "../../actor.js";
import type { Scope } from "../../definitions/scopes.js";
import { scopeTexts } from "../../definitions/scopes.js";
import type { ApiTokenFields } from "../../models/api-token.js";
import { listScopes } from "../../policies/api-tokens.js";

/** Presents a token to its owner and to admins, without the secret. */
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

/** Returns the scope itself if it has no text, because its role no longer exists. */
const formatScope = (scope: Scope) => scopeTexts[scope] ?? scope;

/** Presents the scopes that the actor may choose. */
export const presentScopeChoices = (actor: Actor) =>
  listScopes(actor).map((value) => ({ value, label: sentence(scopeTexts[value]), hint: value }));

const sentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);

/** The lifetimes that users can choose, in days. */
export const tokenLifetimes = [7, 30, 90, 365].map((days) => ({ value: String(days), text: `${days} days` }));
