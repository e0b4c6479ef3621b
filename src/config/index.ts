import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { isAgeRecipient } from "../lib/files/age.js";
import { readBucketAddress } from "../lib/files/s3.js";
import { LONGEST_MINIMUM, SHORTEST_PASSWORD } from "../lib/passwords/length.js";
import { deriveSecret } from "../lib/secrets.js";
import { canonicalizeEmail, readSender } from "../lib/text/email-address.js";
import { readDevSecrets } from "./dev-secrets.js";
import { type Fault, formatFaults, readOrFault } from "./errors.js";
import { isOrigin, isSite } from "./origin.js";
import { checkProductionRules } from "./production-rules.js";
import { findSecretProblem } from "./secret-rules.js";

/** The project folder, which contains package.json, views and public. */
export const root = fileURLToPath(new URL("../../..", import.meta.url));

const MINUTES = 60_000;
const HOURS = 60 * MINUTES;
/** The largest number of web processes that one machine may run. */
export const MOST_WORKERS = 64;
const EX_CONFIG = 78; // sysexits.h

const between = (min: number, max: number) => {
  const problem = `must be a whole number from ${min} to ${max}`;
  return z.coerce.number(problem).int(problem).min(min, problem).max(max, problem);
};
const whole = (fallback: number, min: number, max: number) => between(min, max).default(fallback);

const secret = z.string().superRefine((value, context) => {
  const message = findSecretProblem(value);
  if (message) context.addIssue({ code: "custom", message });
});
const exactOrigin = z.string().refine(isOrigin, "must be a list of origins such as https://app.example.org");
const list = (text: string) => text.split(",").map((one) => one.trim());
const selector = z.string().regex(/^[\w-]+(\.[\w-]+)*$/, "must be a list of DKIM selectors such as mail2026");
const recipient = z.string().refine(isAgeRecipient, "must be a public key of age, such as age1…");
const secrets = z.string().transform(list).pipe(z.array(secret)).optional();

const schema = z.object({
  NODE_ENV: z.enum(["development", "test", "production"]).default("development"),
  PORT: whole(3000, 1, 65_535),
  HOST: z.string().default("127.0.0.1"),
  WORKERS: whole(1, 1, MOST_WORKERS),
  BASE_URL: z.string().refine(isSite, "must be an address without a path, such as https://example.org").optional(),
  DATA_DIR: z.string().default("./data"),
  MONGODB_URI: z.string().startsWith("mongodb", "must start with mongodb:// or mongodb+srv://").optional(),
  SESSION_SECRET: secrets,
  PASSWORD_PEPPER: secret.optional(),
  SECOND_FACTOR: z.enum(["optional", "admins", "everyone"]).default("optional"),
  FACTOR_KEY: secrets,
  AUDIT_KEY: secrets,
  AUDIT_ADDRESS: z.string().transform(canonicalizeEmail).refine(Boolean, "must be an email address").optional(),
  RECOVERY_WAIT_HOURS: whole(72, 0, 720),
  BCRYPT_COST: whole(12, 4, 15),
  PASSWORD_MIN: whole(SHORTEST_PASSWORD, SHORTEST_PASSWORD, LONGEST_MINIMUM),
  SESSION_IDLE_MINUTES: whole(30, 1, 43_200),
  SESSION_ABSOLUTE_HOURS: whole(12, 1, 8_760),
  TRUST_PROXY: whole(0, 0, 10),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).optional(),
  APP_NAME: z
    .string()
    .regex(/^\P{C}{1,40}$/u, "must be 1 to 40 visible characters")
    .default("Postern"),
  REGISTRATION: z.enum(["open", "invite", "closed"]).default("open"),
  EMAIL_CONFIRMATION: z.enum(["required", "optional"]).default("required"),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: "must be an address such as smtps://user:password@mail.example.org" })
    .regex(/^[^?#]+$/, "must not have options after the server")
    .optional(),
  MAIL_FROM: z.string().transform(readSender).refine(Boolean, "must be an email address, or Name <address>").optional(),
  DKIM_SELECTOR: z.string().transform(list).pipe(z.array(selector)).default([]),
  CONTACT_ADDRESS: z.string().transform(canonicalizeEmail).refine(Boolean, "must be an email address").optional(),
  UPLOAD_MAX_MB: whole(5, 1, 20),
  S3_URL: z.string().transform(readBucketAddress).refine(Boolean, "must be the address of a bucket").optional(),
  BACKUP_DIR: z.string().optional(),
  BACKUP_RECIPIENT: z.string().transform(list).pipe(z.array(recipient)).default([]),
  JWT_SECRET: secrets,
  JWT_ACCESS_MINUTES: whole(60, 1, 1_440),
  JWT_REFRESH_DAYS: whole(30, 1, 365),
  API_ORIGINS: z.string().transform(list).pipe(z.array(exactOrigin)).default([]),
  WEBHOOKS_ALLOW_PRIVATE: z.enum(["true", "false"]).default("false"),
  RATE_LIMITS: z.enum(["on", "off"]).default("on"),
  METRICS_PORT: between(1, 65_535).optional(),
  METRICS_HOST: z.string().default("127.0.0.1"),
  METRICS_TOKEN: secret.optional(),
});

/**
 * Reads the settings from the environment, or returns all faults at once. Has no side effects, except for
 * `readDevSecrets`.
 */
export function readConfig(
  environment: NodeJS.ProcessEnv,
): { ok: true; config: Config } | { ok: false; faults: Fault[] } {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const parsed = schema.safeParse(set);
  const faults = parsed.success
    ? []
    : parsed.error.issues.map((i) => ({ name: String(i.path[0]), problem: i.message }));
  const named = new Set(faults.map((fault) => fault.name));
  for (const fault of checkProductionRules(set)) if (!named.has(fault.name)) faults.push(fault);
  if (!parsed.success || faults.length > 0) return { ok: false, faults };
  return { ok: true, config: arrange(parsed.data) };
}

function arrange(env: z.output<typeof schema>) {
  const baseUrl = new URL(env.BASE_URL ?? `http://localhost:${env.PORT}`);
  const dataDir = resolve(root, env.DATA_DIR);
  const kept = env.SESSION_SECRET && env.PASSWORD_PEPPER ? undefined : readDevSecrets(dataDir);
  const sessionSecrets = env.SESSION_SECRET ?? [kept?.sessionSecret ?? ""];
  const passwordPepper = env.PASSWORD_PEPPER ?? kept?.passwordPepper ?? "";
  return {
    environment: env.NODE_ENV,
    production: env.NODE_ENV === "production",
    appName: env.APP_NAME,
    port: env.PORT,
    host: env.HOST,
    baseUrl,
    https: baseUrl.protocol === "https:",
    dataDir,
    mongodbUri: env.MONGODB_URI,
    sessionSecrets,
    passwordPepper,
    secondFactor: env.SECOND_FACTOR,
    // The derived key stays valid, so that FACTOR_KEY can be set later.
    factorKeys: [...(env.FACTOR_KEY ?? []), deriveSecret(passwordPepper, "factor key")],
    auditKeys: [...(env.AUDIT_KEY ?? []), deriveSecret(passwordPepper, "audit key")], // as with factorKeys
    recoveryWaitMs: env.RECOVERY_WAIT_HOURS * HOURS,
    bcryptCost: env.BCRYPT_COST,
    passwordMin: env.PASSWORD_MIN,
    sessionIdleMs: env.SESSION_IDLE_MINUTES * MINUTES,
    sessionAbsoluteMs: env.SESSION_ABSOLUTE_HOURS * HOURS,
    trustProxy: env.TRUST_PROXY,
    logLevel: env.LOG_LEVEL ?? ({ production: "info", development: "warn", test: "silent" } as const)[env.NODE_ENV],
    registration: env.REGISTRATION,
    emailConfirmation: env.EMAIL_CONFIRMATION,
    smtpUrl: env.SMTP_URL,
    mailFrom: env.MAIL_FROM ?? { name: env.APP_NAME, address: `no-reply@${baseUrl.hostname}` },
    contactAddress: env.CONTACT_ADDRESS ?? null,
    uploadMaxBytes: env.UPLOAD_MAX_MB * 1024 * 1024,
    pictureBucket: env.S3_URL,
    jwtSecrets: env.JWT_SECRET ?? sessionSecrets, // lib/jwt.ts derives separate keys from them
    jwtAccessMs: env.JWT_ACCESS_MINUTES * MINUTES,
    jwtRefreshMs: env.JWT_REFRESH_DAYS * 24 * HOURS,
    apiOrigins: env.API_ORIGINS,
    webhooksAllowPrivate: env.WEBHOOKS_ALLOW_PRIVATE === "true",
    rateLimits: env.RATE_LIMITS === "on",
    ...arrangeOperations(env),
  };
}

/** The settings that only concern operators. */
const arrangeOperations = (env: z.output<typeof schema>) => ({
  workers: env.WORKERS,
  metrics: arrangeMetrics(env),
  backupDir: env.BACKUP_DIR === undefined ? undefined : resolve(root, env.BACKUP_DIR),
  backupRecipients: env.BACKUP_RECIPIENT,
  dkimSelectors: env.DKIM_SELECTOR,
  auditAddress: env.AUDIT_ADDRESS ?? null,
});

/** Where metrics are read: on a port of their own, otherwise on the port of the app, and by whom. Null: nowhere. */
function arrangeMetrics({ METRICS_PORT, METRICS_HOST, METRICS_TOKEN }: z.output<typeof schema>) {
  if (METRICS_PORT === undefined && METRICS_TOKEN === undefined) return null;
  return { port: METRICS_PORT ?? null, host: METRICS_HOST, token: METRICS_TOKEN ?? null };
}

export type Config = ReturnType<typeof arrange>;

function readOrExit(): Config {
  if (process.env.NODE_ENV !== "test") loadEnvFile();
  const result = readOrFault(() => readConfig(process.env));
  if (result.ok) return result.config;
  process.stderr.write(`Postern cannot start with this configuration:\n${formatFaults(result.faults)}`);
  process.exit(EX_CONFIG);
}

function loadEnvFile() {
  try {
    process.loadEnvFile(join(root, ".env"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** The settings of this process, read once. */
export const config = readOrExit();
