import { model } from "mongoose";
import { userSchema } from "./schema.js";
import { indexPeople } from "./search/indexes.js";

indexPeople(userSchema);
/** All accounts; models/user.ts says what can be done with them. */
export const accounts = model("User", userSchema);
export type User = InstanceType<typeof accounts>;

/** The password's hash is read only where it is compared. */
export const withHash = "+passwordHash";
