import "../support/environment.js";
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readConfig } from "../../src/config/index.js";
import { temporaryDirectory } from "../support/database/engine.js";
import { freePort, startServer } from "../support/processes/server.js";

const good = {
  NODE_ENV: "production",
  SESSION_SECRET: "kT9cVb3mQw8zLx5nRj2hGf7dYs4pAe6u",
  PASSWORD_PEPPER: "uN4bXq7eWz2rTk9mVc5jHs8yLg3dPf6a",
  MONGODB_URI: "mongodb://db.example.org/postern",
  BASE_URL: "https://accounts.example.org",
};

/** Returns the faulty variables, sorted by name. */
function faults(environment: Record<string, string>): string[] {
  const read = readConfig(environment);
  return read.ok ? [] : read.faults.map(({ name }) => name).sort();
}

function accepted(environment: Record<string, string>) {
  const read = readConfig(environment);
  assert.ok(read.ok, JSON.stringify(read));
  return read.config;
}

test("a complete production configuration starts, with safe defaults", () => {
  const config = accepted(good);
  assert.equal(config.bcryptCost, 12);
  assert.equal(config.https, true);
  assert.equal(config.rateLimits, true);
  assert.equal(config.trustProxy, 0);
  assert.equal(config.host, "127.0.0.1");
  assert.equal(config.sessionIdleMs, 30 * 60_000);
  assert.equal(config.sessionAbsoluteMs, 12 * 60 * 60_000);
});

test("production reports all missing variables at once; an empty value counts as missing", () => {
  const all = ["BASE_URL", "MONGODB_URI", "PASSWORD_PEPPER", "SESSION_SECRET"];
  assert.deepEqual(faults({ NODE_ENV: "production" }), all);
  assert.deepEqual(
    faults({ NODE_ENV: "production", BASE_URL: "", MONGODB_URI: "", PASSWORD_PEPPER: "", SESSION_SECRET: "" }),
    all,
  );
  assert.deepEqual(faults({ NODE_ENV: "production", PORT: "x", BCRYPT_COST: "99" }), [
    "BASE_URL",
    "BCRYPT_COST",
    "MONGODB_URI",
    "PASSWORD_PEPPER",
    "PORT",
    "SESSION_SECRET",
  ]);
});

test("weak and placeholder secrets are refused in every environment", () => {
  const weak = [
    "short",
    "a".repeat(64),
    "change-me-change-me-change-me-change-me",
    "your-secret-here-your-secret-here-123",
    "keyboard cat keyboard cat keyboard cat",
    "example-example-example-example-1234",
    "abcabcabcabcabcabcabcabcabcabcabcabc",
    "0123456789abcdef0123456789abcdef",
    "abcdefghijklmnopqrstuvwxyz0123456789",
    "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbcd",
    "g7Kp2xQ9g7Kp2xQ9g7Kp2xQ9g7Kp2xQ9",
  ];
  for (const secret of weak) {
    for (const NODE_ENV of ["production", "development", "test"]) {
      assert.deepEqual(faults({ ...good, NODE_ENV, SESSION_SECRET: secret }), ["SESSION_SECRET"], secret);
      assert.deepEqual(faults({ ...good, NODE_ENV, PASSWORD_PEPPER: secret }), ["PASSWORD_PEPPER"], secret);
    }
  }
  assert.deepEqual(
    faults({ ...good, SESSION_SECRET: `${good.SESSION_SECRET},short` }),
    ["SESSION_SECRET"],
    "each secret of a list is checked",
  );
  assert.deepEqual(faults({ ...good, SESSION_SECRET: `${good.SESSION_SECRET},` }), ["SESSION_SECRET"]);
  assert.deepEqual(
    accepted({ ...good, SESSION_SECRET: `${good.SESSION_SECRET} , old-${good.SESSION_SECRET}` }).sessionSecrets,
    [good.SESSION_SECRET, `old-${good.SESSION_SECRET}`],
  );
});

test("production refuses one secret for two purposes", () => {
  const { SESSION_SECRET, PASSWORD_PEPPER } = good;
  const other = "q3Wd8zTn5LxV0hRb7YcK2mGf9JpS4aEu";
  assert.deepEqual(faults({ ...good, PASSWORD_PEPPER: SESSION_SECRET }), ["PASSWORD_PEPPER"]);
  assert.deepEqual(faults({ ...good, SESSION_SECRET: `${other}, ${PASSWORD_PEPPER}` }), ["PASSWORD_PEPPER"]);
  assert.deepEqual(faults({ ...good, JWT_SECRET: SESSION_SECRET }), ["JWT_SECRET"]);
  assert.deepEqual(faults({ ...good, JWT_SECRET: `${other},${PASSWORD_PEPPER}` }), ["JWT_SECRET"]);
  assert.equal(accepted({ ...good, JWT_SECRET: other }).production, true);
});

test("the lifetimes of tokens are set in minutes and days", () => {
  const config = accepted({ ...good, JWT_ACCESS_MINUTES: "5", JWT_REFRESH_DAYS: "2" });
  assert.deepEqual([config.jwtAccessMs, config.jwtRefreshMs], [5 * 60_000, 2 * 24 * 60 * 60_000]);
});

test("every variable is limited to its range", () => {
  const wrong: Record<string, string[]> = {
    NODE_ENV: ["prod", "Production"],
    PORT: ["0", "-1", "65536", "3000.5", "abc", "1e9"],
    BASE_URL: [
      "http://accounts.example.org",
      "accounts.example.org",
      "ftp://x.example",
      "javascript:alert(1)",
      "https://example.org/accounts",
      "https://example.org/accounts/",
      "https://example.org?a=b",
      "https://example.org#a",
      "https://ada:secret@example.org",
    ],
    MONGODB_URI: ["postgres://x", "localhost:27017"],
    BCRYPT_COST: ["9", "16", "12.5", "abc", "-12"],
    PASSWORD_MIN: ["0", "11", "65", "12.5", "abc", "-15"],
    RECOVERY_WAIT_HOURS: ["-1", "721", "1.5", "3 days", "0", "0.0"],
    SESSION_IDLE_MINUTES: ["0", "-5", "Infinity", "NaN"],
    SESSION_ABSOLUTE_HOURS: ["0", "999999"],
    TRUST_PROXY: ["-1", "11", "true", "loopback"],
    LOG_LEVEL: ["loud"],
    APP_NAME: ["x".repeat(41), "Post\nBcc: eve@evil.example", "Post\u202eern"],
    REGISTRATION: ["no", "Closed", "invitation"],
    EMAIL_CONFIRMATION: ["no", "Optional"],
    SMTP_URL: [
      "mail.example.org",
      "http://mail.example.org",
      "smtp://mail.example.org?requireTLS=false",
      "smtps://mail.example.org/?tls.rejectUnauthorized=false",
    ],
    MAIL_FROM: [
      "Postern",
      "<gate@example.org",
      "a@example.org, b@example.org",
      "A <a@example.org>, b@example.org",
      "A <a@example.org>\r\nBcc: <eve@evil.example>",
      "A\nB <a@example.org>",
    ],
    CONTACT_ADDRESS: [
      "help",
      "Help <help@example.org>",
      "a@example.org, b@example.org",
      "a@example.org\r\nBcc: x@evil.example",
    ],
    BACKUP_RECIPIENT: ["AGE-SECRET-KEY-1QQ", "age1", "ada@example.org", "ssh-ed25519 AAAA"],
    UPLOAD_MAX_MB: ["0", "21", "2.5", "-5", "5MB", "Infinity", "1e9"],
    S3_URL: [
      "s3.example.org/bucket",
      "s3://key:secret@bucket",
      "http://key:secret@s3.example.org/bucket",
      "https://s3.example.org/bucket",
      "https://key@s3.example.org/bucket",
      "https://key:secret@s3.example.org",
      "https://key:secret@s3.example.org/",
      "https://key:secret@s3.example.org/bucket#x",
      "https://key:%zz@s3.example.org/bucket",
    ],
    RATE_LIMITS: ["off", "no"],
    METRICS_PORT: ["0", "65536", "3000", "3000.0", "abc"],
    METRICS_TOKEN: ["short", "a".repeat(64), good.SESSION_SECRET, good.PASSWORD_PEPPER],
  };
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) assert.deepEqual(faults({ ...good, [name]: value }), [name], `${name}=${value}`);
  }
});

test(".env.example has every variable, and README explains those of metrics", () => {
  const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
  const [, schema = ""] = /const schema = z\.object\(\{\n([\s\S]*?)\n\}\);/.exec(read("src/config/index.ts")) ?? [];
  const known = [...schema.matchAll(/^ {2}([A-Z0-9_]+):/gm)].map(([, name = ""]) => name);
  const documented = [...read(".env.example").matchAll(/^#([A-Z0-9_]+)=/gm)].map(([, name = ""]) => name);
  assert.deepEqual(documented.sort(), known.sort());
  for (const name of ["METRICS_PORT", "METRICS_TOKEN"]) assert.ok(read("README.md").includes(`\`${name}\``), name);
});

test("email needs no settings, and accepts common forms of a sender", () => {
  const { smtpUrl, mailFrom, emailConfirmation } = accepted(good);
  assert.deepEqual([smtpUrl, emailConfirmation], [undefined, "required"]);
  assert.deepEqual(mailFrom, { name: "Postern", address: "no-reply@accounts.example.org" });
  const senders = {
    "gate@example.org": { name: "", address: "gate@example.org" },
    "<gate@example.org>": { name: "", address: "gate@example.org" },
    "The Gate, Keepers <gate@example.org>": { name: "The Gate, Keepers", address: "gate@example.org" },
    '"Die Pförtner" <gate@example.org>': { name: "Die Pförtner", address: "gate@example.org" },
  };
  for (const [MAIL_FROM, sender] of Object.entries(senders))
    assert.deepEqual(accepted({ ...good, MAIL_FROM }).mailFrom, sender);
  for (const SMTP_URL of ["smtps://a:p%40ss@mail.example.org", "smtp://[::1]:1025", "smtp://localhost"])
    assert.equal(accepted({ ...good, SMTP_URL }).smtpUrl, SMTP_URL);
  assert.equal(accepted({ ...good, CONTACT_ADDRESS: "Help@Example.org" }).contactAddress, "help@example.org");
  assert.equal(accepted(good).contactAddress, null);
  assert.equal(accepted({ ...good, EMAIL_CONFIRMATION: "optional" }).emailConfirmation, "optional");
});

test("pictures need no settings: at most 5 MB, stored in the database", () => {
  const { uploadMaxBytes, pictureBucket } = accepted(good);
  assert.deepEqual([uploadMaxBytes, pictureBucket], [5 * 1024 * 1024, undefined]);
  const S3_URL = "https://key:se%2Fcret@s3.example.org/bucket/folder?region=eu-central-1";
  const set = accepted({ ...good, UPLOAD_MAX_MB: "20", S3_URL });
  assert.equal(set.uploadMaxBytes, 20 * 1024 * 1024);
  assert.equal(set.pictureBucket?.folder.href, "https://s3.example.org/bucket/folder/");
  assert.equal(set.pictureBucket?.secretAccessKey, "se/cret");
});

test("new passwords need 12 characters by default, and 15 or more where that is set", () => {
  assert.equal(accepted(good).passwordMin, 12);
  assert.equal(accepted({ ...good, PASSWORD_MIN: "15" }).passwordMin, 15);
  assert.equal(accepted({ ...good, PASSWORD_MIN: "64" }).passwordMin, 64);
});

test("registration is open by default", () => {
  assert.equal(accepted(good).registration, "open");
  for (const REGISTRATION of ["open", "invite", "closed"] as const)
    assert.equal(accepted({ ...good, REGISTRATION }).registration, REGISTRATION);
});

test("metrics are off by default, on a port of their own, or on the app's port with a token", () => {
  const METRICS_TOKEN = "q3Wd8zTn5LxV0hRb7YcK2mGf9JpS4aEu";
  const metrics = (set: Record<string, string>) => accepted({ ...good, ...set }).metrics;
  assert.equal(metrics({}), null);
  assert.equal(metrics({ METRICS_HOST: "0.0.0.0" }), null);
  assert.deepEqual(metrics({ METRICS_PORT: "9464" }), { port: 9464, host: "127.0.0.1", token: null });
  assert.deepEqual(metrics({ METRICS_TOKEN }), { port: null, host: "127.0.0.1", token: METRICS_TOKEN });
  for (const METRICS_HOST of ["localhost", "127.0.0.2", "::1"])
    assert.equal(metrics({ METRICS_PORT: "9464", METRICS_HOST })?.host, METRICS_HOST);
});

test("other machines cannot read metrics without a token", () => {
  const open = { METRICS_PORT: "9464", METRICS_HOST: "0.0.0.0" };
  const METRICS_TOKEN = "q3Wd8zTn5LxV0hRb7YcK2mGf9JpS4aEu";
  const { SESSION_SECRET, PASSWORD_PEPPER } = good;
  assert.deepEqual(faults({ ...good, ...open }), ["METRICS_TOKEN"]);
  assert.deepEqual(faults({ ...good, ...open, METRICS_HOST: "10.0.0.1" }), ["METRICS_TOKEN"]);
  assert.deepEqual(faults({ NODE_ENV: "development", SESSION_SECRET, PASSWORD_PEPPER, ...open }), ["METRICS_TOKEN"]);
  assert.deepEqual(accepted({ ...good, ...open, METRICS_TOKEN }).metrics?.token, METRICS_TOKEN);
});

test("the waiting period after the loss of a second factor is three days, and production must have one", () => {
  assert.equal(accepted(good).recoveryWaitMs, 72 * 3_600_000);
  assert.equal(accepted({ ...good, RECOVERY_WAIT_HOURS: "1" }).recoveryWaitMs, 3_600_000);
  const { SESSION_SECRET, PASSWORD_PEPPER } = good;
  for (const NODE_ENV of ["development", "test"])
    assert.equal(accepted({ NODE_ENV, RECOVERY_WAIT_HOURS: "0", SESSION_SECRET, PASSWORD_PEPPER }).recoveryWaitMs, 0);
});

test("outside production, only tests may use a low bcrypt cost, and rate limits can be disabled", () => {
  const { SESSION_SECRET, PASSWORD_PEPPER } = good;
  assert.equal(
    accepted({ NODE_ENV: "test", BCRYPT_COST: "4", RATE_LIMITS: "off", SESSION_SECRET, PASSWORD_PEPPER }).bcryptCost,
    4,
  );
  assert.deepEqual(faults({ BCRYPT_COST: "4", SESSION_SECRET, PASSWORD_PEPPER }), ["BCRYPT_COST"]);
  assert.equal(
    accepted({ NODE_ENV: "development", RATE_LIMITS: "off", SESSION_SECRET, PASSWORD_PEPPER }).rateLimits,
    false,
  );
});

test("development secrets are created once and readable only by their owner", () => {
  const DATA_DIR = join(temporaryDirectory(), "new", "data");
  const first = accepted({ DATA_DIR });
  const second = accepted({ DATA_DIR });
  assert.deepEqual(second.sessionSecrets, first.sessionSecrets);
  assert.equal(second.passwordPepper, first.passwordPepper);
  assert.ok(first.passwordPepper.length >= 32 && first.sessionSecrets[0] !== first.passwordPepper);
  assert.notEqual(accepted({ DATA_DIR: temporaryDirectory() }).passwordPepper, first.passwordPepper);
  const file = join(DATA_DIR, "development-secrets.json");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.ok(readFileSync(file, "utf8").includes(first.passwordPepper));
});

test("the server reports what is wrong and how to fix it, without secrets, and exits with 78", async () => {
  const missing = { MONGODB_URI: "", PASSWORD_PEPPER: "" }; // set to "", so that a developer's .env does not provide them
  const wrong = { SESSION_SECRET: "a-short-secret", BASE_URL: "http://x.example" };
  const server = startServer({ NODE_ENV: "production", ...missing, ...wrong });
  assert.equal(await server.ended, 78);
  for (const name of ["SESSION_SECRET", "PASSWORD_PEPPER", "MONGODB_URI", "BASE_URL"]) {
    assert.match(server.output(), new RegExp(`^  ${name} .*\\. Fix: .+\\.$`, "m"));
  }
  assert.doesNotMatch(server.output(), /a-short-secret|at .*\.js/);
});

test("a wrong bucket address, picture size and password length are reported with their own fixes", async () => {
  const wrong = { S3_URL: "http://key:hidden-word@s3.example.org/bucket", UPLOAD_MAX_MB: "500", PASSWORD_MIN: "8" };
  const server = startServer({ NODE_ENV: "test", DATA_DIR: temporaryDirectory(), ...wrong });
  assert.equal(await server.ended, 78);
  assert.match(
    server.output(),
    /^ {2}S3_URL must be the address of a bucket[^.]*\. Fix: set it to https:\/\/KEY:SECRET@/m,
  );
  assert.match(
    server.output(),
    /^ {2}UPLOAD_MAX_MB must be a whole number from 1 to 20\. Fix: leave it out for 5, or .+\.$/m,
  );
  assert.match(
    server.output(),
    /^ {2}PASSWORD_MIN must be a whole number from 12 to 64\. Fix: leave it out for 12, or .+\.$/m,
  );
  assert.doesNotMatch(server.output(), /hidden-word|at .*\.js/);
});

test("an unreachable database is reported in one line", async () => {
  const MONGODB_URI = `mongodb://ada:hidden-word@127.0.0.1:${await freePort()}/x?serverSelectionTimeoutMS=200`;
  const PORT = String(await freePort());
  const server = startServer({ NODE_ENV: "test", MONGODB_URI, DATA_DIR: temporaryDirectory(), PORT });
  assert.equal(await server.ended, 1);
  assert.match(server.output(), /^No MongoDB answers at mongodb:\/\/…@127\.0\.0\.1:/);
  assert.doesNotMatch(server.output(), /hidden-word|node_modules/);
});

test("a public site in development mode is warned at its start that anyone can read its emails", async () => {
  const MONGODB_URI = `mongodb://127.0.0.1:${await freePort()}/x?serverSelectionTimeoutMS=200`;
  for (const [BASE_URL, isWarned] of [
    ["https://accounts.example.org", true],
    ["https://localhost:3000", false],
  ] as const) {
    const PORT = String(await freePort());
    const server = startServer({ MONGODB_URI, BASE_URL, PORT, DATA_DIR: temporaryDirectory() });
    await server.ended;
    assert.equal(/NODE_ENV is not production: anyone can read all emails/.test(server.output()), isWarned, BASE_URL);
  }
});
