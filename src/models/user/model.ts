import { model } from "mongoose";
import { getUserCollection } from "./collection.js";
import { userSchema } from "./schema.js";
import { defineUserIndexes } from "./search/indexes.js";

defineUserIndexes(userSchema);
/** The collection of users; models/user.ts adds the operations. */
export const userModel = model("User", userSchema);
getUserCollection(); // from now on, the model's updates set `updatedAt` too
export type UserDocument = InstanceType<typeof userModel>;

/** The password hash is read only where it is compared. */
export const withHash = "+passwordHash";
