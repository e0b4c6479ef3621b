import { systemActor } from "../actor.js";
import { actOnEach, repeatUntilDone, type Stop } from "../lib/async/until-done.js";
import { log } from "../log.js";
import { canDeliver } from "../mail/deliver.js";
import { dropExpired } from "../models/cleanup.js";
import { Export } from "../models/export.js";
import { superadmins } from "../models/superadmin-seat.js";
import { User } from "../models/user.js";
import { deleteDueAccounts, dropAbandonedSignUps, scheduleIdleDeletions } from "../services/account/deletion.js";
import { cleanUpAvatars } from "../services/avatar/avatar.js";
import { finishCutOff } from "../services/invitation/acceptance.js";
import { dropWaitingJobs } from "./drop.js";
import { dropGivenUp } from "./queue.js";

const DAYS = 86_400_000;
/** Where mails cannot be sent, this many wait, for a day at most. */
const MOST_MAILS = 10_000;

/** Drops mails that cannot be sent, before they fill the database. */
const dropMails = (now = new Date()) =>
  dropWaitingJobs("send-mail", { oldest: new Date(now.getTime() - 1 * DAYS), most: MOST_MAILS });

/** One sweep after the other; one that fails does not keep the others waiting. */
const runInTurn = (sweeps: (() => Promise<unknown>)[], stop?: Stop) =>
  actOnEach(sweeps, (sweep) => sweep(), { stop, what: "sweeps" });

/** Deletes the accounts whose day has come, finishes what was cut off, and drops what people signed up for and never confirmed. */
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

/** Makes accounts findable that are older than the search for people; there are none but after an update. */
export async function fillSearchIndexes(stop?: Stop): Promise<void> {
  const accounts = await repeatUntilDone(User.fillSearch, stop);
  if (accounts > 0) log.info({ event: "search.filled", accounts }, "search.filled");
}

/** Removes what has expired: sessions, links, devices, events, limits, mails, exports and pictures with their files, jobs given up. */
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
