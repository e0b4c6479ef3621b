// The keys of backups. None of them can be an argument, because other users of the machine see the arguments of a process.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { AgeKey, AgeLock } from "../../src/lib/files/age.js";
import { detectEncryption } from "../../src/services/operations/backup/check.js";
import { backupLock } from "../../src/services/operations/backup/scheduled.js";

const PASSPHRASE = "BACKUP_PASSPHRASE";
const IDENTITY = "BACKUP_IDENTITY";

/** The options that say where keys are. */
export type KeyOptions = { "passphrase-stdin"?: boolean; recipient?: string[]; identity?: string };

async function readPassphrase(isOnStdin: boolean): Promise<string | undefined> {
  if (!isOnStdin) return process.env[PASSPHRASE] || undefined;
  for await (const line of createInterface({ input: process.stdin })) if (line) return line;
  throw new Error("There is no passphrase on standard input.");
}

/** Returns how to encrypt a backup; null if neither the options nor the settings ask for it. @throws Error */
export async function findLock(options: KeyOptions): Promise<AgeLock | null> {
  const passphrase = await readPassphrase(options["passphrase-stdin"] ?? false);
  if (passphrase && options.recipient) throw new Error("Choose either a recipient or a passphrase.");
  if (options.recipient) return { recipients: options.recipient };
  return passphrase ? { passphrase } : backupLock;
}

/** Returns the key that a backup needs; null if it is not encrypted. @throws Error if it is missing */
export async function findKey(file: string, options: KeyOptions): Promise<AgeKey | null> {
  const encryption = await detectEncryption(file);
  if (encryption === null) return null;
  if (encryption === "passphrase") {
    const passphrase = await readPassphrase(options["passphrase-stdin"] ?? false);
    if (passphrase) return { passphrase };
    throw new Error(`${file} is encrypted with a passphrase. Set ${PASSPHRASE}, or use --passphrase-stdin.`);
  }
  const text = options.identity ? readFileSync(options.identity, "utf8") : (process.env[IDENTITY] ?? "");
  const identities = text.split(/\s+/).filter((word) => word.startsWith("AGE-SECRET-KEY-"));
  if (identities.length > 0) return { identities };
  throw new Error(
    `${file} is encrypted for a key. Give the file of the private key with --identity, or set ${IDENTITY}.`,
  );
}
