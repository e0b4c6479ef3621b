// Checks this installation on the command line: `npm run doctor -- --help`. Can run while the app is running.
import { json, runCommand } from "./support/command-line.js";

const line = {
  call: "npm run doctor --",
  about: `Checks this installation: its public address, TLS, email, database, secrets, backups, jobs, disks and versions.
Sends no email and repairs nothing.`,
  usage: "[options]",
  options: {
    json,
    dns: {
      type: "string",
      multiple: true,
      value: "ADDRESS",
      about: "ask this DNS server, such as 1.1.1.1, instead of the system's; can be repeated",
    },
    wait: { type: "string", value: "SECONDS", about: "wait this long for other servers (1 to 60), if not 10" },
    "accept-secrets": {
      type: "boolean",
      about: "after a loss: accept PASSWORD_PEPPER and FACTOR_KEY as they are from now on",
    },
  },
  exits: "0 no problems (there may be warnings), 1 problems",
} as const;

await runCommand(line, () => import("./doctor/run.js"));
