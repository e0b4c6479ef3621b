import { config } from "../../config/index.js";
import { createTokenSigner, type Kind } from "../../lib/jwt.js";

const api = `${config.baseUrl.origin}/api/v1`;

/** Signs and verifies our JSON Web Tokens. */
export const jwt = await createTokenSigner({ secrets: config.jwtSecrets, issuer: config.baseUrl.origin });

/** The kinds of tokens: access tokens (RFC 9068) and refresh tokens. Neither is accepted in place of the other. */
export const access: Kind = { typ: "at+jwt", audience: api };
export const refreshing: Kind = { typ: "rt+jwt", audience: `${api}/auth/refresh` };
