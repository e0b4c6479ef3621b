import type { Request } from "express";
import { User } from "../models/user.js";
import { getLoggedInUser } from "./guards.js";
import { ChangedMeanwhile } from "./pages/refusals.js";

/**
 * Reads the account of the user of a request, to show or change it. Fails if its sessions have ended since the session of
 * the request was read: what is then changed would be compared with the newer account, such as one whose owner has just
 * got it back by a password reset.
 * @param fields further fields to read, as Mongoose's `select` takes them
 * @throws ChangedMeanwhile
 */
export async function findOwner(req: Request, fields = ""): Promise<User> {
  const { id, epoch } = getLoggedInUser(req);
  const user = await User.findById(id).select(fields).orFail();
  if (user.disabledAt || (user.sessionEpoch ?? 0) !== epoch) throw new ChangedMeanwhile();
  return user;
}
