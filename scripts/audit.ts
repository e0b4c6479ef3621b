// Checks the audit log: `npm run audit -- --help`. Only reads, and can run while the app is running.
import { json, runCommand } from "./support/command-line.js";

const line = {
  call: "npm run audit --",
  about: "Checks that nobody changed, removed or added audit events after their day was sealed.",
  usage: "verify [--head DAY=HEAD] … [--json]",
  takes: ["verify"],
  options: {
    head: {
      type: "string",
      multiple: true,
      value: "DAY=HEAD",
      about: "a day and its head, from an email to AUDIT_ADDRESS; can be repeated",
    },
    json,
  },
  exits: "0 nothing was changed, 1 something was changed or failed",
} as const;

const args = process.argv.slice(2);
const asksHelp = args.length === 0 || args[0] === "help";
await runCommand(line, () => import("./audit/verify.js"), asksHelp ? ["--help"] : args);
