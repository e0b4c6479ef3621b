import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Imported before any module of src, because config/index.ts reads the environment once.
const dataDir = mkdtempSync(join(tmpdir(), "postern-test-"));
process.on("exit", () => rmSync(dataDir, { recursive: true, force: true }));

process.env.NODE_ENV = "test";
process.env.DATA_DIR = dataDir;
process.env.BCRYPT_COST ??= "4";
process.env.RATE_LIMITS ??= "off";
for (const name of ["MONGODB_URI", "SMTP_URL", "MAIL_FROM", "CONTACT_ADDRESS", "S3_URL"]) delete process.env[name];

/** Whether this process runs several test files (settings/shared-process.ts). */
export const sharing = { isShared: false };
