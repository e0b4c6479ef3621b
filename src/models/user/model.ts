import { model } from "mongoose";
import { userSchema } from "./schema.js";
import { defineUserIndexes } from "./search/indexes.js";

defineUserIndexes(userSchema);
/** All accounts; models/user.ts says what can be done with them. */
export const userModel = model("User", userSchema);
export type UserDocument = InstanceType<typeof userModel>;

/** The password's hash is read only where it is compared. */
export const withHash = "+passwordHash";
