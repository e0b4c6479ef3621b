import type { ApiTokenFields } from "../../models/api-token.js";

/** Presents an API token, without its secret. */
export function toTokenJson({ _id, description, beginning, scopes, ...token }: ApiTokenFields) {
  const { createdAt, expiresAt, lastUsedAt = null, lastUsedIp = null, revokedAt = null } = token;
  const times = { createdAt: createdAt.toISOString(), expiresAt: expiresAt.toISOString() };
  return {
    id: String(_id),
    description,
    beginning,
    scopes,
    ...times,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    lastUsedIp,
    revoked: revokedAt !== null,
    revokedAt: revokedAt?.toISOString() ?? null,
  };
}
