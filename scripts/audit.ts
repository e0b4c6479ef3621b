// Checks the audit log: `npm run audit -- --help`. Only reads, and can run while the app is running.
import { parseArgs } from "node:util";
import { config } from "../src/config/index.js";
import { openDatabase } from "../src/database/open.js";
import { log } from "../src/log.js";
import { type AuditReport, type KnownHeads, verifyAuditLog } from "../src/services/operations/audit-chain/verify.js";

const HELP = `Checks that nobody changed, removed or added audit events after their day was sealed.

Usage: npm run audit -- verify [--head DAY=HEAD] … [--json]
  --head   a day and its head, from an email to AUDIT_ADDRESS
  --json   prints JSON

Exit codes: 0 nothing was changed, 1 something was changed or failed, 2 invalid usage, 78 invalid configuration.`;

const SHOWN = 20;
const options = {
  head: { type: "string", multiple: true, default: [] as string[] },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

class Misuse extends Error {}

function understand(args: string[]) {
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const [verb = "help", ...rest] = positionals;
    if (values.help || verb === "help") return null;
    if (verb !== "verify" || rest.length > 0) throw new Error(`Unknown command "${positionals.join(" ")}".`);
    return { heads: readHeads(values.head), json: values.json };
  } catch (error) {
    throw new Misuse(`${(error as Error).message}\n\n${HELP}`);
  }
}

function readHeads(texts: string[]): KnownHeads {
  const heads = texts.map((text) => /^(\d{4}-\d\d-\d\d)=([0-9a-f]{64})$/.exec(text)?.slice(1));
  if (!heads.every((one) => one)) throw new Error("--head needs a day and its head, such as 2026-11-29=5f1c…");
  return Object.fromEntries(heads as [string, string][]);
}

function format({ days, events, erased, last, faults }: AuditReport): string {
  const lines = faults
    .slice(0, SHOWN)
    .map(({ day, event, text }) => `${day}${event ? `  event ${event}` : ""}  ${text}`);
  const more = faults.length - lines.length;
  const counts = `${days} days with ${events} events are sealed${last ? `, up to ${last.day}` : ""}.`;
  const gone = erased > 0 ? ` ${erased} events were deleted with their accounts.` : "";
  const verdict = faults.length > 0 ? `Problems: ${faults.length}, oldest first` : "Nothing was changed.";
  const rest = more > 0 ? [`… and ${more} more`] : [];
  const head = last ? [`Head of ${last.day}: ${last.head}`] : [];
  return [`${counts}${gone}`, ...head, verdict, ...lines, ...rest].join("\n");
}

async function verify(heads: KnownHeads): Promise<AuditReport> {
  const database = await openDatabase({ uri: config.mongodbUri, dataDir: config.dataDir, log });
  try {
    return await verifyAuditLog(heads);
  } finally {
    await database.close();
  }
}

try {
  const call = understand(process.argv.slice(2));
  if (!call) console.log(HELP);
  else {
    const report = await verify(call.heads);
    console.log(call.json ? JSON.stringify(report) : format(report));
    if (report.faults.length > 0) process.exitCode = 1;
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof Misuse ? 2 : 1;
}
