import mongoose from "mongoose";
import { RestoreUnfinished } from "./errors.js";

/** The marker of a restore in progress: the only document of its collection. */
export type RestoreMarker = {
  _id: "restore";
  /** Identifies the run of the command. */
  run: string;
  beganAt: Date;
  /** True once the database was found to be empty: from then on, it contains nothing but parts of the backup. */
  isWriting: boolean;
};

/** The collection of the marker. It is dropped with it. */
export const getRestoreMarkers = () => mongoose.connection.collection<RestoreMarker>("unfinishedrestore");

/** Checks that the database does not contain a part of a backup only. @throws RestoreUnfinished */
export async function assertRestored(): Promise<void> {
  const marker = await getRestoreMarkers().findOne({ _id: "restore" });
  if (marker) throw new RestoreUnfinished(marker.beganAt);
}
