import { Types } from "mongoose";
import { isDuplicate } from "../database/errors.js";
import type { Role } from "../lib/roles.js";
import { insertOnce } from "./inserting.js";
import type { OutboxEntry } from "./outbox.js";
import { searchOf } from "./search-entries.js";
import { User } from "./user.js";

type Newcomer = {
  /** Given beforehand where an account must be named before it is there. */
  _id?: Types.ObjectId;
  username: string;
  email: string;
  passwordHash: string;
  roles?: { role: Role; domain?: Types.ObjectId | null }[];
  /** The invitation that opens it. */
  usedLinks?: Types.ObjectId[];
  /** What is left to do afterwards. */
  entry?: OutboxEntry;
};

/**
 * Opens an account whose address is proven already, in one write; or answers what another account has. Of any number at
 * once for one id, name or address the unique indexes let one.
 */
export async function welcome({ entry, ...newcomer }: Newcomer): Promise<User | "username" | "email" | "id"> {
  const { _id = new Types.ObjectId() } = newcomer;
  const outbox = entry && { outbox: [entry] };
  const account = { ...newcomer, _id, ...outbox, search: searchOf(newcomer), emailConfirmedAt: new Date() };
  const find = () => User.findOne({ _id, ...(entry && { "outbox._id": entry._id }) });
  try {
    return await insertOnce(() => User.create(account), find);
  } catch (error) {
    const own = isDuplicate(error) && entry ? await find() : null; // an insert whose answer was late
    if (own) return own;
    if (isDuplicate(error, "username")) return "username";
    if (isDuplicate(error, "email")) return "email";
    if (isDuplicate(error)) return "id";
    throw error;
  }
}
