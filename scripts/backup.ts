// Writes a backup of the database and of all profile pictures: `npm run backup -- --help`. Can run while the app runs.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { config } from "../src/config/index.js";
import { writeBackup } from "../src/services/operations/backup/backup.js";
import { verifyBackup } from "../src/services/operations/backup/restore.js";
import { createFileName } from "../src/services/operations/backup/retention.js";
import { describeContent, type Printed, runCommand, withDatabase, withScratchDatabase } from "./backup/command.js";
import { findKey, findLock } from "./backup/keys.js";

const help = `Writes a backup of the database and of all profile pictures into one file, with or without a running app.

Usage: npm run backup -- [FILE] [options]
  FILE                 the file to write; otherwise a new one in BACKUP_DIR, or in backups below DATA_DIR
  --recipient KEY      encrypts it for this public key of age (age1…); can be repeated; otherwise BACKUP_RECIPIENT
  --passphrase-stdin   encrypts it with the passphrase on standard input; or set BACKUP_PASSPHRASE
  --verify             then restores it into a temporary database and compares; needs the key, see npm run restore
  --identity FILE      the private key for --verify
  --json               prints JSON

Exit codes: 0 success, 1 failure, 78 invalid configuration.`;

const options = {
  recipient: { type: "string", multiple: true },
  "passphrase-stdin": { type: "boolean" },
  verify: { type: "boolean" },
  identity: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

await runCommand(async (): Promise<Printed> => {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.help) return { text: help, data: { help } };
  if (positionals.length > 1) throw new Error(`Unexpected argument "${positionals[1]}".\n\n${help}`);
  const lock = await findLock(values);
  const folder = config.backupDir ?? join(config.dataDir, "backups");
  const file = positionals[0] ?? join(folder, createFileName(lock !== null));
  const { bytes, manifest } = await withDatabase(false, () => writeBackup(file, lock));
  if (values.verify) {
    const key = lock && "passphrase" in lock ? lock : await findKey(file, values);
    await withScratchDatabase(() => verifyBackup(file, key));
  }
  const text = `${file}, ${bytes} bytes: ${describeContent(manifest)}${values.verify ? " It was restored and compared." : ""}`;
  return { text, data: { file, bytes, encrypted: lock !== null, verified: values.verify ?? false, ...manifest } };
});
