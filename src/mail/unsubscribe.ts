import { config } from "../config/index.js";
import { deriveSecret, isSameSecret } from "../lib/secrets.js";

// A link that turns off emails about comments (RFC 8058). It is signed and not stored: the same email may be opened again
// and again, and the link can do nothing else. The signature covers the address that got the email, so the link in an old
// mailbox ends with a change of address. A new SESSION_SECRET in front keeps the links of the older ones valid.

const SHAPE = /^([0-9a-f]{24})-([\w-]{32})$/;

type Subscriber = { id: string; email: string };

const sign = ({ id, email }: Subscriber, secret: string): string =>
  deriveSecret(secret, `unsubscribe ${id} ${email} from comments`).slice(0, 32);

/** Returns the address at which a user turns off emails about comments. @param user.email where the email goes */
export const createUnsubscribeUrl = (user: Subscriber): string =>
  `${config.baseUrl.origin}/unsubscribe/${user.id}-${sign(user, config.sessionSecrets[0] ?? "")}`;

/** Returns the id of the user that a link names, or null. Anyone can write such a link: `isUnsubscribeToken` checks it. */
export const readUnsubscribeUser = (token: string): string | null => SHAPE.exec(token)?.[1] ?? null;

/** Returns true if we signed this link for this user with their current address. */
export function isUnsubscribeToken(token: string, user: Subscriber): boolean {
  const [, id, signature = ""] = SHAPE.exec(token) ?? [];
  return id === user.id && config.sessionSecrets.some((secret) => isSameSecret(sign(user, secret), signature));
}

/** Lets email programs show a button that sends a POST to the address, without cookies (RFC 8058). */
export const createUnsubscribeHeaders = (address: string) => ({
  "List-Unsubscribe": `<${address}>`,
  "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
});
