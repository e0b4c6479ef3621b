import { isUnavailable } from "../database/errors.js";

/**
 * Inserts a document, once. When the answer is lost, it looks for the document: it is there, or is inserted one more time.
 * @param insert with an id that was chosen before
 * @param find the document of that id, or null
 */
export async function insertOnce<Found>(
  insert: () => Promise<Found>,
  find: () => Promise<Found | null>,
): Promise<Found> {
  try {
    return await insert();
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return (await find()) ?? insert();
  }
}
