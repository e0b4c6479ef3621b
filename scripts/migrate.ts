// Changes stored data after an update: `npm run migrate -- --help`. Can run while the app is running, which does the same.
import { json, runCommand } from "./support/command-line.js";

const line = {
  call: "npm run migrate --",
  about: "Changes stored data after an update. The running app does the same by itself, in the background.",
  usage: "[--dry-run] [--json]",
  options: { "dry-run": { type: "boolean", about: "only say what would change" }, json },
} as const;

await runCommand(line, () => import("./migrate/run.js"));
