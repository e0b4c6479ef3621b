import { ourselves } from "../actor.js";
import { config } from "../config.js";
import { log } from "../log.js";
import { canDeliver } from "../mail/deliver.js";
import { dropExpired } from "../models/expiry.js";
import { Export } from "../models/export.js";
import { User } from "../models/user.js";
import { finishCutOff } from "../services/accepting.js";
import { deleteDueAccounts, dropAbandonedSignUps } from "../services/deletion.js";
import { sweepPictures } from "../services/pictures.js";
import { dropGivenUp, dropWaiting } from "./queue.js";

const DAYS = 86_400_000;
/** Where mails cannot be sent, so many wait, for a day at most. */
const MOST_MAILS = 10_000;

/** Drops mails that cannot be sent, before they fill the database. */
export const dropMails = (now = new Date()) =>
  dropWaiting("send-mail", { oldest: new Date(now.getTime() - 1 * DAYS), most: MOST_MAILS });

/** Deletes the accounts whose day has come, finishes what was cut off, and drops what people signed up for and never confirmed. */
export async function sweepAccounts(now = new Date()): Promise<void> {
  await deleteDueAccounts(ourselves, now);
  await finishCutOff(ourselves);
  if (config.emailConfirmation === "required") await dropAbandonedSignUps(now);
}

/** Makes accounts findable that are older than the search for people; there are none but after an update. */
export async function sweepSearch(): Promise<void> {
  const accounts = await User.fillSearch();
  if (accounts > 0) log.info({ event: "search.filled", accounts }, "search.filled");
}

/** Removes what has expired: sessions, links, devices, events, limits, mails, exports and pictures with their files, jobs given up. */
export async function sweepExpired(now = new Date()): Promise<void> {
  const expired = await dropExpired(now);
  await Export.sweep(now);
  await sweepPictures(now);
  const jobs = (await dropGivenUp(now)) + (canDeliver() ? 0 : await dropMails(now));
  log.info({ event: "sweep.done", expired, jobs }, "sweep.done");
}
