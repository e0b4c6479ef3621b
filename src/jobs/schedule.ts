import { MAILS_AT_ONCE } from "../mail/concurrency.js";
import { canDeliver, deliver } from "../mail/deliver.js";
import { closeSmtp } from "../mail/smtp.js";
import { MOST_WEBHOOKS } from "../models/webhook.js";
import { makeExport } from "../services/account/export/export.js";
import { warnOfEndingTokens } from "../services/api/api-tokens.js";
import { processUpload } from "../services/avatar/avatar.js";
import { DELIVERIES_FOR_ONE, deliverWebhook } from "../services/events/deliver.js";
import { finishWaiting } from "../services/follow-ups.js";
import { sealAuditLog } from "../services/operations/audit-chain/seal.js";
import { hasScheduledBackups, makeScheduledBackup } from "../services/operations/backup/scheduled.js";
import { runMigrations } from "../services/operations/migrations/run.js";
import { mailLockouts } from "../services/session/lockout-mail.js";
import { cleanUpAccounts, cleanUpExpired } from "./cleanup.js";
import { declareHooks, publishEvent, runHook } from "./events.js";
import "./follow-ups.js";
import { startQueue, stopQueue } from "./queue.js";
import { getWebhookPause, type Pace } from "./retry.js";
import type { Handler } from "./traces.js";

/** The job handlers, by name. */
const handlers: Record<string, Handler> = {
  "send-mail": deliver,
  "publish-event": publishEvent,
  "run-hook": runHook,
  "deliver-webhook": deliverWebhook,
  "tell-owners-of-locked-accounts": (_data, _id, stop) => mailLockouts(stop),
  "export-account": makeExport,
  "make-picture": processUpload,
  "warn-of-ending-tokens": (_data, _id, stop) => warnOfEndingTokens(new Date(), stop),
  "finish-follow-ups": (_data, _id, stop) => finishWaiting(new Date(), stop),
  "sweep-accounts": (_data, _id, stop) => cleanUpAccounts(new Date(), stop),
  "sweep-expired": (_data, _id, stop) => cleanUpExpired(new Date(), stop),
  "seal-audit-log": (_data, _id, stop) => sealAuditLog(new Date(), stop),
  migrate: async (_data, _id, stop) => void (await runMigrations(new Date(), stop)),
  ...(hasScheduledBackups() && { "back-up": (_data, _id, stop) => makeScheduledBackup(stop) }),
};

/** Each webhook has its own slots (services/events/deliver.ts), so receivers that never answer do not delay the others. */
const DELIVERIES_AT_ONCE = MOST_WEBHOOKS * DELIVERIES_FOR_ONE;

/** Intervals of the recurring jobs. */
const timetable: Record<string, string> = {
  "tell-owners-of-locked-accounts": "1 minute",
  "finish-follow-ups": "1 minute",
  "warn-of-ending-tokens": "10 minutes",
  "sweep-accounts": "5 minutes",
  "sweep-expired": "5 minutes",
  migrate: "5 minutes",
  "seal-audit-log": "1 hour",
  ...(hasScheduledBackups() && { "back-up": "1 day" }),
};

const places = { "send-mail": MAILS_AT_ONCE, "deliver-webhook": DELIVERIES_AT_ONCE };
const pauses = { "deliver-webhook": getWebhookPause };

/** Returns the handlers. If emails cannot be sent, their handler is missing, and their jobs stay in the queue. */
function work(): Record<string, Handler> {
  const { "send-mail": mails, ...others } = handlers;
  return mails && canDeliver() ? handlers : others;
}

/** Starts to run jobs in this process. */
export function startJobs(pace?: Pace): Promise<void> {
  declareHooks();
  return startQueue(work(), timetable, pace, { places, pauses });
}

/** Stops when the jobs in progress have finished. */
export async function stopJobs(): Promise<void> {
  await stopQueue();
  closeSmtp();
}
