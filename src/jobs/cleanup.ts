import { systemActor } from "../actor.js";
import { actOnEach, repeatUntilDone, type Stop } from "../lib/async/until-done.js";
import { log } from "../log.js";
import { canDeliver } from "../mail/deliver.js";
import { dropExpired } from "../models/cleanup.js";
import { Export } from "../models/export.js";
import { superadmins } from "../models/superadmin-seat.js";
import { deleteDueAccounts, dropAbandonedSignUps, scheduleIdleDeletions } from "../services/account/deletion.js";
import { cleanUpAvatars } from "../services/avatar/avatar.js";
import { finishCutOff } from "../services/invitation/acceptance.js";
import { dropWaitingJobs } from "./drop.js";
import { dropGivenUp } from "./queue.js";

const DAYS = 86_400_000;
/** Maximum number of emails that wait while emails cannot be sent. They wait for at most a day. */
const MOST_MAILS = 10_000;

/** Drops emails that cannot be sent, before they fill up the database. */
const dropMails = (now = new Date()) =>
  dropWaitingJobs("send-mail", { oldest: new Date(now.getTime() - 1 * DAYS), most: MOST_MAILS });

/** Runs cleanup steps one after another. A failure does not stop the others. */
const runInTurn = (sweeps: (() => Promise<unknown>)[], stop?: Stop) =>
  actOnEach(sweeps, (sweep) => sweep(), { stop, what: "sweeps" });

/**
 * Deletes accounts that are due, finishes interrupted invitations, and drops registrations that were never confirmed.
 */
export async function cleanUpAccounts(now = new Date(), stop?: Stop): Promise<void> {
  await runInTurn(
    [
      () => deleteDueAccounts(systemActor, now, stop),
      () => finishCutOff(stop),
      () => repeatUntilDone(() => dropAbandonedSignUps(now), stop),
      () => scheduleIdleDeletions(systemActor, now, stop),
      () => superadmins.repair(),
    ],
    stop,
  );
}

/**
 * Deletes expired sessions, links, devices, audit events, limits, emails, exports, avatars with their files, and failed
 * jobs.
 */
export async function cleanUpExpired(now = new Date(), stop?: Stop): Promise<void> {
  let [expired, jobs] = [0, 0];
  await runInTurn(
    [
      async () => {
        expired = await dropExpired(now, stop);
      },
      () => Export.sweep(now, stop),
      () => cleanUpAvatars(now, stop),
      async () => {
        jobs = (await dropGivenUp(now)) + (canDeliver() ? 0 : await dropMails(now));
      },
    ],
    stop,
  );
  log.info({ event: "sweep.done", expired, jobs }, "sweep.done");
}
