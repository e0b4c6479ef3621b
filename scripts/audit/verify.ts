import { config } from "../../src/config/index.js";
import { openDatabase } from "../../src/database/open.js";
import { log } from "../../src/log.js";
import { type AuditReport, type KnownHeads, verifyAuditLog } from "../../src/services/operations/audit-chain/verify.js";
import { Misuse, type Printed } from "../support/command-line.js";

const SHOWN = 20;

/** Verifies the audit log. @throws Misuse */
export async function run({ head = [] }: { head?: string[] }, [verb]: string[]): Promise<Printed> {
  if (verb !== "verify") throw new Misuse(`Unknown command "${verb}".`);
  const heads = readHeads(head);
  const database = await openDatabase({ uri: config.mongodbUri, dataDir: config.dataDir, log });
  try {
    const report = await verifyAuditLog(heads);
    return { text: format(report), data: report, ...(report.faults.length > 0 && { exitCode: 1 }) };
  } finally {
    await database.close();
  }
}

function readHeads(texts: string[]): KnownHeads {
  const heads = texts.map((text) => /^(\d{4}-\d\d-\d\d)=([0-9a-f]{64})$/.exec(text)?.slice(1));
  if (!heads.every((one) => one)) throw new Misuse("--head needs a day and its head, such as 2026-11-29=5f1c….");
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
