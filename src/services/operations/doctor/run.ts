import { config } from "../../../config/index.js";
import { DeadlineExceeded, withTimeout } from "../../../lib/async/timeout.js";
import { checkAddress } from "./address.js";
import { checkBackups } from "./backups.js";
import { checkClock } from "./clock.js";
import { checkDisk } from "./disk.js";
import { checkEmailRecords } from "./email-records.js";
import type { DoctorCheck, Finding, Settings } from "./finding.js";
import { skip } from "./finding.js";
import { checkIndexes } from "./indexes.js";

import { checkQueue } from "./queue.js";
import { checkSecrets } from "./secrets.js";
import { checkMode, checkRateLimits } from "./settings.js";
import { checkSmtp } from "./smtp.js";
import { checkCertificate } from "./tls.js";
import { checkVersions } from "./versions.js";

/** The findings of one check. */
type Result = { check: string; findings: Finding[] };
export type Report = { at: Date; results: Result[] };

/** All checks, by their names on the page and the command line. */
const allChecks: Record<string, DoctorCheck> = {
  "Public address": checkAddress,
  "TLS and HSTS": checkCertificate,
  "Mail server": checkSmtp,
  "SPF, DKIM and DMARC": checkEmailRecords,
  Clock: checkClock,
  Indexes: checkIndexes,
  Secrets: checkSecrets,
  Backups: checkBackups,
  "Background jobs": checkQueue,
  "Disk space": checkDisk,
  Versions: checkVersions,
  "Rate limits": checkRateLimits,
  "Production mode": checkMode,
};

/** Time to wait for another server, so that the page takes five seconds at most. */
const PAGE_WAIT_MS = 3_000;
/** The time limit of a check, as a multiple of the time to wait for another server. It ends only what is stuck. */
const LIMIT = 1.5;
const MINUTE_MS = 60_000;

/**
 * Runs all checks at the same time. A check that fails or takes too long becomes a finding and stops no other.
 */
export async function examine(settings: Settings, checks = allChecks): Promise<Report> {
  const at = new Date();
  const running = Object.entries(checks).map(async ([check, run]): Promise<Result> => {
    const findings = (async () => run(settings))();
    return {
      check,
      findings: await withTimeout(findings, settings.waitMs * LIMIT).catch((error) => [describeFailure(error)]),
    };
  });
  return { at, results: await Promise.all(running) };
}

function describeFailure(error: unknown): Finding {
  if (error instanceof DeadlineExceeded)
    return skip("No result in time", "The check took too long. Run it again; the database or the network may be busy.");
  return skip("The check failed", error instanceof Error ? error.message : String(error));
}

let latest: { report: Promise<Report>; startedAt: number } | undefined;

/** Returns a report that is at most a minute old. All requests of this process share it. Takes five seconds at most. */
export function readReport(): Promise<Report> {
  const age = latest ? Math.abs(Date.now() - latest.startedAt) : Number.POSITIVE_INFINITY;
  if (!latest || age >= MINUTE_MS)
    latest = { report: examine({ ...config, waitMs: PAGE_WAIT_MS }), startedAt: Date.now() };
  return latest.report;
}

/** Counts the findings of each kind. */
export function countFindings({ results }: Report): Record<Finding["kind"], number> {
  const counts = { problem: 0, warning: 0, ok: 0, "not checked": 0 };
  for (const { findings } of results) for (const { kind } of findings) counts[kind] += 1;
  return counts;
}
