import "../environment.js";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Imported before any module of src, because config/index.ts reads the environment once.

/** A key for tests only, which opens the backups of this process. It is not made here: other modules would not wait for that. */
export const identity = "AGE-SECRET-KEY-12LJJHTNXUFFT9A4VGFZRPXG89GN7XZWTH6EFPE8JWYSUQGU9X47QMJGA5Q";
const parent = mkdtempSync(join(tmpdir(), "postern-backups-"));
process.on("exit", () => rmSync(parent, { recursive: true, force: true }));

/** The folder of the backups. The app creates it. */
export const folder = join(parent, "backups");
process.env.BACKUP_DIR = folder;
process.env.BACKUP_RECIPIENT = "age1g4fs2zxjrsf28sr6336fvpw22sacm9f29fay3dfw4vprh0nxn4qq2hvvha";
