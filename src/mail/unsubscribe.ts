import { config } from "../config/index.js";
import { deriveSecret, isSameSecret } from "../lib/secrets.js";

// A link that turns off emails about comments (RFC 8058). It is signed and not stored: the same email may be opened again
// and again, and the link can do nothing else. A new SESSION_SECRET in front keeps the links of the older ones valid.

const SHAPE = /^([0-9a-f]{24})-([\w-]{32})$/;

const sign = (user: string, secret: string): string =>
  deriveSecret(secret, `unsubscribe ${user} from comments`).slice(0, 32);

/** Returns the address at which a user turns off emails about comments. @param user the user's id */
export const createUnsubscribeUrl = (user: string): string =>
  `${config.baseUrl.origin}/unsubscribe/${user}-${sign(user, config.sessionSecrets[0] ?? "")}`;

/** Returns the id of the user whose link this is, or null if we did not sign it. */
export function readUnsubscribeToken(token: string): string | null {
  const [, user = "", signature = ""] = SHAPE.exec(token) ?? [];
  const isOurs = config.sessionSecrets.some((secret) => isSameSecret(sign(user, secret), signature));
  return user && isOurs ? user : null;
}

/** Lets email programs show a button that sends a POST to the address, without cookies (RFC 8058). */
export const createUnsubscribeHeaders = (address: string) => ({
  "List-Unsubscribe": `<${address}>`,
  "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
});
