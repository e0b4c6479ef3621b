import type { Types } from "mongoose";
import { isDuplicate } from "../database/errors.js";
import type { Role } from "../lib/roles.js";
import { searchOf } from "./search-entries.js";
import { User } from "./user.js";

type Newcomer = {
  /** Given beforehand where an account must be named before it is there. */
  _id?: Types.ObjectId;
  username: string;
  email: string;
  passwordHash: string;
  roles?: { role: Role }[];
};

/**
 * Opens an account whose address is proven already, in one write; or answers what another account has. Of any number at
 * once for one id, name or address the unique indexes let one.
 */
export async function welcome(newcomer: Newcomer): Promise<User | "username" | "email" | "id"> {
  try {
    return await User.create({ ...newcomer, search: searchOf(newcomer), emailConfirmedAt: new Date() });
  } catch (error) {
    if (isDuplicate(error, "username")) return "username";
    if (isDuplicate(error, "email")) return "email";
    if (isDuplicate(error)) return "id";
    throw error;
  }
}
