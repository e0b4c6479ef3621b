import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DataDirUnusable, makeDirectory, usingPath, writeFileOnce } from "../lib/files/data-dir.js";

export type KeptSecrets = { sessionSecret: string; passwordPepper: string };

const SHORTEST = 32;

/**
 * Reads the secrets for development. They are created once and stored beside the data, readable only by the system user
 * who owns it. Damaged secrets are never replaced: with another pepper, no stored password would match.
 * @throws DataDirUnusable
 */
export function readDevSecrets(dataDir: string): KeptSecrets {
  const file = join(dataDir, "development-secrets.json");
  makeDirectory(dataDir);
  const known = read(file);
  if (known !== null) return understand(known, file);
  const made: KeptSecrets = { sessionSecret: fresh(), passwordPepper: fresh() };
  writeFileOnce(file, JSON.stringify(made));
  return understand(read(file) ?? "", file); // another process may have been faster
}

const fresh = () => randomBytes(36).toString("base64");

function read(file: string): string | null {
  return usingPath(file, () => {
    try {
      return readFileSync(file, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw error;
    }
  });
}

function understand(text: string, file: string): KeptSecrets {
  const found = parse(text) as Partial<Record<string, unknown>> | null;
  const { sessionSecret, passwordPepper } = found ?? {};
  if (isSecret(sessionSecret) && isSecret(passwordPepper)) return { sessionSecret, passwordPepper };
  throw new DataDirUnusable(
    `${file} is damaged: the session secret or the password pepper is missing. Restore it from a backup, or set SESSION_SECRET and PASSWORD_PEPPER. If you don't need the accounts in the database, delete the file: new secrets are generated, and stored passwords no longer match.`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const isSecret = (value: unknown): value is string => typeof value === "string" && value.length >= SHORTEST;
