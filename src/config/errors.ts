import { DataDirUnusable } from "../lib/files/data-dir.js";

/** A faulty environment variable, and what is wrong with it. */
export type Fault = { name: string; problem: string };

const fixes: Record<string, string> = {
  SESSION_SECRET: "set it to the output of: openssl rand -base64 48",
  PASSWORD_PEPPER:
    "set it to the output of: openssl rand -base64 48 (and keep it: without it, no stored password matches)",
  MONGODB_URI: "set it to your database, such as mongodb://db.example.org/postern",
  BASE_URL: "set it to the public address, such as https://accounts.example.org",
  BCRYPT_COST: "leave it out for 12, or choose 10 to 15",
  PASSWORD_MIN: "leave it out for 12, or choose 12 to 64",
  UPLOAD_MAX_MB: "leave it out for 5, or choose 1 to 20",
  S3_URL:
    "set it to https://KEY:SECRET@s3.example.org/BUCKET?region=REGION, or leave it out to store pictures in the database",
  BACKUP_RECIPIENT: "set it to the public key that age-keygen prints, or leave it out to leave backups unencrypted",
  JWT_SECRET:
    "set it to the output of: openssl rand -base64 48, or leave it out to derive the keys from SESSION_SECRET",
  API_ORIGINS: "list the origins of pages that use the API from a browser, or leave it out to allow none",
  METRICS_PORT: "choose another free port, or leave it out to have no port for metrics",
  METRICS_TOKEN: "set it to the output of: openssl rand -base64 48",
  RATE_LIMITS: "leave it out: rate limits can be turned off outside production only",
};

/** Formats each fault on its own line, with its fix. */
export const formatFaults = (faults: Fault[]): string =>
  faults
    .map(({ name, problem }) =>
      name === "DATA_DIR"
        ? `  ${name}: ${problem}\n`
        : `  ${name} ${problem}. Fix: ${fixes[name] ?? "see .env.example"}.\n`,
    )
    .join("");

/** Runs a reader of the configuration and turns a DataDirUnusable error into a fault like any other. */
export function readOrFault<Answer>(read: () => Answer): Answer | { ok: false; faults: Fault[] } {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DataDirUnusable)) throw error;
    return { ok: false, faults: [{ name: "DATA_DIR", problem: error.message }] }; // the message contains the fix
  }
}
