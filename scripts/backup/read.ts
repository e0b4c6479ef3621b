import { restoreBackup, verifyBackup } from "../../src/services/operations/backup/restore.js";
import type { Printed } from "../support/command-line.js";
import { describeContent, withDatabase } from "./command.js";
import { findKey, type KeyOptions } from "./keys.js";
import { withScratchDatabase } from "./scratch.js";

/** Restores a backup, or only verifies it. */
export async function run(
  values: KeyOptions & { verify?: boolean; again?: boolean },
  [file = ""]: string[],
): Promise<Printed> {
  const key = await findKey(file, values);
  const manifest = values.verify
    ? await withScratchDatabase(() => verifyBackup(file, key))
    : await withDatabase(true, () => restoreBackup(file, key, values.again));
  const done = values.verify ? "The backup is complete and can be restored" : "Restored";
  return {
    text: `${done}: ${describeContent(manifest)}`,
    data: { file, verified: values.verify ?? false, ...manifest },
  };
}
