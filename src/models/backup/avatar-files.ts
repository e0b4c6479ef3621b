import mongoose from "mongoose";
import { type Avatar, listFileNames } from "../avatar.js";

/** Lists the names of all files that the uploads in these documents can have. @param records as BSON */
export const listAvatarFiles = (records: Buffer[]): string[] =>
  records.flatMap((record) => listFileNames(mongoose.mongo.BSON.deserialize(record) as Avatar));
