// Writes a backup of the database and of all profile pictures: `npm run backup -- --help`. Can run while the app runs.
import { json, runCommand } from "./support/command-line.js";

const line = {
  call: "npm run backup --",
  about: `Writes a backup of the database and of all profile pictures into one file, with or without a running app.
FILE is the file to write; otherwise a new one in BACKUP_DIR, or in backups below DATA_DIR.`,
  usage: "[FILE] [options]",
  takes: ["[FILE]"],
  options: {
    recipient: {
      type: "string",
      multiple: true,
      value: "KEY",
      about: "encrypt it for this public key of age (age1…); can be repeated; otherwise BACKUP_RECIPIENT",
    },
    "passphrase-stdin": {
      type: "boolean",
      about: "encrypt it with the passphrase on standard input; or set BACKUP_PASSPHRASE",
    },
    verify: {
      type: "boolean",
      about: "then restore it into a temporary database and compare; needs the key, see npm run restore",
    },
    identity: { type: "string", value: "FILE", about: "the private key for --verify" },
    json,
  },
} as const;

await runCommand(line, () => import("./backup/write.js"));
