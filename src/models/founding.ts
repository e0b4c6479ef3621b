import { Types } from "mongoose";
import * as passwords from "../lib/passwords.js";
import { superadmins } from "./superadmins.js";
import { User } from "./user.js";
import { welcome } from "./welcoming.js";

/** The id of the first account: of any number that try to be it at once, the index of ids lets one. */
const FIRST = new Types.ObjectId("000000000000000000000001");

let isFounded = false;

/** The first account of a site, a superadmin's. */
export const founding = {
  /** Whether nobody has an account yet. Once somebody has, this process does not ask again. */
  async isPossible(): Promise<boolean> {
    isFounded ||= (await User.exists({})) !== null;
    return !isFounded;
  },

  /**
   * Opens the first account, with a confirmed address and the role in one write; null when another was faster. The seat
   * of a superadmin comes after it: a crash between them only makes the rule about the last one stricter.
   * @throws Overloaded
   */
  async found({ password, ...identity }: { username: string; email: string; password: string }): Promise<User | null> {
    const passwordHash = await passwords.hash(password);
    if (!(await founding.isPossible())) return null;
    const user = await welcome({ _id: FIRST, ...identity, passwordHash, roles: [{ role: "superadmin" }] });
    if (typeof user === "string") return null;
    await superadmins.join(FIRST);
    return user;
  },
};
