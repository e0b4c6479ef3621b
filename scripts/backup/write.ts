import { join } from "node:path";
import { config } from "../../src/config/index.js";
import { FORGOTTEN_REMEDY, writeBackup } from "../../src/services/operations/backup/backup.js";
import { verifyBackup } from "../../src/services/operations/backup/restore.js";
import { createFileName } from "../../src/services/operations/backup/retention.js";
import type { Printed } from "../support/command-line.js";
import { describeContent, withDatabase } from "./command.js";
import { findKey, findLock, type KeyOptions } from "./keys.js";
import { withScratchDatabase } from "./scratch.js";

/** Writes a backup, and verifies it if requested. */
export async function run(values: KeyOptions & { verify?: boolean }, [wanted]: string[]): Promise<Printed> {
  const lock = await findLock(values);
  const folder = config.backupDir ?? join(config.dataDir, "backups");
  const file = wanted ?? join(folder, createFileName(lock !== null));
  const { bytes, manifest, forgotten } = await withDatabase(false, () => writeBackup(file, lock));
  if (values.verify) {
    const key = lock && "passphrase" in lock ? lock : await findKey(file, values);
    await withScratchDatabase(() => verifyBackup(file, key));
  }
  const verified = values.verify ? " It was restored and compared." : "";
  const lacks = forgotten.length > 0 ? `\nNot in it: ${forgotten.join(", ")}. ${FORGOTTEN_REMEDY}` : "";
  const text = `${file}, ${bytes} bytes: ${describeContent(manifest)}${verified}${lacks}`;
  const encrypted = lock !== null;
  return { text, data: { file, bytes, encrypted, verified: values.verify ?? false, forgotten, ...manifest } };
}
