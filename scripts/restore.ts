// Restores or verifies a backup: `npm run restore -- --help`. The app must not run.
import { json, runCommand } from "./support/command-line.js";

const line = {
  call: "npm run restore --",
  about: "Restores a backup into an empty database. Stop the app first. All users must log in again.",
  usage: "FILE [options]",
  takes: ["FILE"],
  options: {
    verify: { type: "boolean", about: "change nothing: restore it into a temporary database and compare" },
    again: { type: "boolean", about: "begin again in a database where a restore did not finish" },
    identity: {
      type: "string",
      value: "FILE",
      about: "the private key, if the backup is encrypted for a public key; or set BACKUP_IDENTITY",
    },
    "passphrase-stdin": {
      type: "boolean",
      about: "read the passphrase from standard input; or set BACKUP_PASSPHRASE",
    },
    json,
  },
} as const;

await runCommand(line, () => import("./backup/read.js"));
