import { pipeline } from "node:stream/promises";
import type { Response } from "express";

/** `pipeline` listens three times for the end of a response, in addition to the middleware. Node warns at 11 listeners. */
const MOST_LISTENERS = 20;

/**
 * Sends what these streams deliver: the first one reads, the others transform. A client that stops reading is no error.
 * @throws the error of a stream
 */
export async function sendStream(
  res: Response,
  ...[first, ...others]: [NodeJS.ReadableStream, ...NodeJS.ReadWriteStream[]]
) {
  res.setMaxListeners(MOST_LISTENERS);
  await pipeline([first, ...others, res]).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  });
}
