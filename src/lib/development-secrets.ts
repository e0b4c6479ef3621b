import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Secrets for development, made once and kept beside the data (readable by their owner only). */
export function keptSecrets(dataDir: string): { sessionSecret: string; passwordPepper: string } {
  const file = join(dataDir, "development-secrets.json");
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const fresh = () => randomBytes(36).toString("base64");
  try {
    const made = JSON.stringify({ sessionSecret: fresh(), passwordPepper: fresh() });
    writeFileSync(file, made, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return JSON.parse(readFileSync(file, "utf8"));
}
