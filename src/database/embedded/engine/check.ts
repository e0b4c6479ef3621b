import type { Run } from "./command.js";
import { listCollectionNames, listDatabaseNames, listIndexNames } from "./ttl.js";

/**
 * Reads some documents of every collection through each of its indexes. The engine crashes when it reads damaged data,
 * so this check makes it crash at start instead of during a request.
 */
export async function readAll(run: Run): Promise<void> {
  for (const database of await listDatabaseNames(run)) {
    for (const collection of await listCollectionNames(run, database)) {
      for (const hint of ["$natural", ...(await listIndexNames(run, database, collection))]) {
        const by = hint === "$natural" ? { $natural: 1 } : hint;
        await run(database, { find: collection, filter: {}, hint: by, limit: 1, singleBatch: true }).catch(() => null);
      }
    }
  }
}
