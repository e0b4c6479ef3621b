import { ourselves } from "../actor.js";
import { config } from "../config.js";
import { deleteDueAccounts, dropAbandonedSignUps } from "../services/deletion.js";

/** Deletes the accounts whose day has come, and what people signed up for and never confirmed. */
export async function sweepAccounts(now = new Date()): Promise<void> {
  await deleteDueAccounts(ourselves, now);
  if (config.emailConfirmation === "required") await dropAbandonedSignUps(now);
}
