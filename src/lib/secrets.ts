import { createHash, randomBytes } from "node:crypto";

/** A secret for a link or a cookie: 256 random bits that fit into an address (ASVS V11.5.1). */
export const newSecret = (): string => randomBytes(32).toString("base64url");

/** What is stored of a secret. A plain hash will do: 256 random bits cannot be guessed (ASVS V6.5.2). */
export const digest = (secret: string): string => createHash("sha256").update(secret).digest("base64url");
