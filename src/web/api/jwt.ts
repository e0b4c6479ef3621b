import { config } from "../../config/index.js";
import { createTokenSigner, type Kind } from "../../lib/jwt.js";

const api = `${config.baseUrl.origin}/api/v1`;

/** Our JSON Web Tokens. */
export const jwt = await createTokenSigner({ secrets: config.jwtSecrets, issuer: config.baseUrl.origin });

/** What programs come with (RFC 9068), and what they get new ones for: neither passes for the other. */
export const access: Kind = { typ: "at+jwt", audience: api };
export const refreshing: Kind = { typ: "rt+jwt", audience: `${api}/auth/refresh` };
