import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

const CIPHER = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;

const deriveKey = (secret: string, purpose: string) => Buffer.from(hkdfSync("sha256", secret, "", purpose, 32));

/** Encrypts and authenticates a value that a page sends back. @param purpose must be the same in `unseal` */
export function seal(value: unknown, secret: string, purpose: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, deriveKey(secret, purpose), iv);
  const closed = [iv, cipher.update(JSON.stringify(value), "utf8"), cipher.final()];
  return Buffer.concat([...closed, cipher.getAuthTag()]).toString("base64url");
}

/** Returns the value that `seal` encrypted, or undefined if it is invalid. @param secrets each of them is tried */
export function unseal(text: string, secrets: readonly string[], purpose: string): unknown {
  const bytes = Buffer.from(text, "base64url");
  if (bytes.length <= IV_BYTES + TAG_BYTES) return undefined;
  for (const secret of secrets) {
    try {
      const decipher = createDecipheriv(CIPHER, deriveKey(secret, purpose), bytes.subarray(0, IV_BYTES));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const content = [decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()];
      return JSON.parse(Buffer.concat(content).toString("utf8"));
    } catch {
      // Encrypted with another secret, or not by us.
    }
  }
  return undefined;
}
