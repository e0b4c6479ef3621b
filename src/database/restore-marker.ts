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

/** The collection of the marker. It is empty when no restore is in progress. */
export const getRestoreMarkers = () => mongoose.connection.collection<RestoreMarker>("unfinishedrestore");

/** Checks that no restore is unfinished, because its data would be incomplete. @throws RestoreUnfinished */
export async function assertRestored(): Promise<void> {
  const marker = await getRestoreMarkers().findOne({ _id: "restore" });
  if (marker) throw new RestoreUnfinished(marker.beganAt);
}
