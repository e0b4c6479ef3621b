import { config } from "../../config/index.js";
import { openBucket } from "../../lib/files/s3.js";
import { gridStore } from "../../models/avatar/gridfs.js";

/** Avatar storage: the bucket of S3_URL, otherwise the database. */
export const avatarStore = config.pictureBucket ? openBucket(config.pictureBucket) : gridStore;
