import mongoose from "mongoose";
import { setUpdateTimes } from "./updated-at.js";

type Users = ReturnType<typeof mongoose.connection.collection>;
let users: Users | undefined;

/**
 * The users as the driver reads and writes them, for the parts that the model is assembled from: they cannot import the model itself,
 * which imports them. The model uses the same object, so each update of an account passes `setUpdateTimes`.
 */
export function getUserCollection(): Users {
  users ??= setUpdateTimes(mongoose.connection.collection("users"));
  return users;
}
