import { config } from "../../config/index.js";
import { openBucket } from "../../lib/files/s3.js";
import { gridStore } from "../../models/avatar/gridfs.js";

/** Where avatars are stored: in the bucket of S3_URL, or in the database if it is not set. */
export const avatarStore = config.pictureBucket ? openBucket(config.pictureBucket) : gridStore;
