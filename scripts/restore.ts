// Restores or verifies a backup: `npm run restore -- --help`. The app must not run.
import { parseArgs } from "node:util";
import { restoreBackup, verifyBackup } from "../src/services/operations/backup/restore.js";
import { describeContent, type Printed, runCommand, withDatabase, withScratchDatabase } from "./backup/command.js";
import { findKey } from "./backup/keys.js";

const help = `Restores a backup into an empty database. Stop the app first. All users must log in again.

Usage: npm run restore -- FILE [options]
  --verify             changes nothing: restores it into a temporary database and compares
  --again              begins again in a database where a restore did not finish
  --identity FILE      the private key, if the backup is encrypted for a public key; or set BACKUP_IDENTITY
  --passphrase-stdin   reads the passphrase from standard input; or set BACKUP_PASSPHRASE
  --json               prints JSON

Exit codes: 0 success, 1 failure, 78 invalid configuration.`;

const options = {
  verify: { type: "boolean" },
  again: { type: "boolean" },
  identity: { type: "string" },
  "passphrase-stdin": { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

await runCommand(async (): Promise<Printed> => {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.help) return { text: help, data: { help } };
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) throw new Error(`Name one backup.\n\n${help}`);
  const key = await findKey(file, values);
  const manifest = values.verify
    ? await withScratchDatabase(() => verifyBackup(file, key))
    : await withDatabase(true, () => restoreBackup(file, key, values.again));
  const done = values.verify ? "The backup is complete and can be restored" : "Restored";
  return {
    text: `${done}: ${describeContent(manifest)}`,
    data: { file, verified: values.verify ?? false, ...manifest },
  };
});
