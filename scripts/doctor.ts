// Checks this installation on the command line: `npm run doctor -- --help`. Can run while the app is running.
import { parseArgs } from "node:util";
import "../src/app.js"; // declares all models, whose indexes are compared
import { config } from "../src/config/index.js";
import { openDatabase } from "../src/database/open.js";
import { log } from "../src/log.js";
import { countFindings, examine } from "../src/services/operations/doctor/run.js";
import { acceptSecrets } from "../src/services/operations/doctor/secrets.js";
import { formatReport } from "./doctor/format.js";

const HELP = `Checks this installation: its public address, TLS, email, database, secrets, backups, jobs, disks and versions.
Sends no email and repairs nothing.

Usage: npm run doctor -- [options]
  --json             print JSON
  --dns ADDRESS      ask this DNS server, such as 1.1.1.1, instead of the system's; can be repeated
  --wait SECONDS     wait this long for other servers (1 to 60), if not 10
  --accept-secrets   after a loss: accept PASSWORD_PEPPER and FACTOR_KEY as they are from now on

Exit codes: 0 no problems (there may be warnings), 1 problems, 2 invalid usage, 78 invalid configuration.`;

function readOptions() {
  const options = {
    json: { type: "boolean" },
    help: { type: "boolean", short: "h" },
    dns: { type: "string", multiple: true },
    wait: { type: "string", default: "10" },
    "accept-secrets": { type: "boolean" },
  } as const;
  try {
    const { values } = parseArgs({ options });
    if (!/^([1-9]|[1-5]\d|60)$/.test(values.wait)) throw new Error("--wait needs a number from 1 to 60.");
    return values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    process.exit(2);
  }
}

async function run({
  json = false,
  dns = [],
  wait,
  "accept-secrets": accepts = false,
}: ReturnType<typeof readOptions>) {
  const database = await openDatabase({ uri: config.mongodbUri, dataDir: config.dataDir, log, isRead: true });
  try {
    if (accepts) await acceptSecrets();
    const report = await examine({ ...config, dnsServers: dns, waitMs: Number(wait) * 1_000 });
    console.log(json ? JSON.stringify({ ...report, counts: countFindings(report) }) : formatReport(report));
    return countFindings(report).problem === 0;
  } finally {
    await database.close();
  }
}

const options = readOptions();
if (options.help) console.log(HELP);
else {
  try {
    process.exitCode = (await run(options)) ? 0 : 1;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(options.json ? JSON.stringify({ error: message }) : message);
    process.exitCode = 1;
  }
}
