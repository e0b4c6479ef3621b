import { config } from "../config.js";
import { bucketAt } from "../lib/bucket.js";
import { gridStore } from "../models/picture-files.js";

/** Where pictures are: in the bucket of S3_URL, or else in the database. */
export const pictureStore = config.pictureBucket ? bucketAt(config.pictureBucket) : gridStore;
