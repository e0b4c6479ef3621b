import "../../support/environment.js";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { SMTPServer } from "smtp-server";
import { createFileName } from "../../../src/services/operations/backup/retention.js";
import { temporaryDirectory, temporaryEngine } from "../../support/database/engine.js";
import { freePort, startServer } from "../../support/processes/server.js";
import { visitor } from "../../support/visitor.js";
import { createAuthority } from "./certificates.js";
import { dnsServer } from "./dns-server.js";
import { proxy } from "./proxy.js";

// These tests run in order, on a data directory of their own: first without an app, then beside a running one.

const script = fileURLToPath(new URL("../../../scripts/doctor.js", import.meta.url));
const port = await freePort();
const origin = `http://localhost:${port}`;
const path = { PATH: process.env.PATH ?? "" };
const environment: Record<string, string> = {
  ...{ ...path, NODE_ENV: "test", BCRYPT_COST: "4", RATE_LIMITS: "off", LOG_LEVEL: "warn" },
  ...{ DATA_DIR: temporaryDirectory(), PORT: String(port), BASE_URL: origin },
};
const otherSecret = "kT9cVb3mQw8zLx5nRj2hGf7dYs4pAe6u";

type Ended = { code: number; out: string; err: string };
const doctor = (args: string[], env: Record<string, string> = environment) =>
  new Promise<Ended>((resolve) => {
    execFile(process.execPath, [script, ...args], { env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });

type Finding = { kind: string; what: string; why?: string; remedy?: string };
/** Runs the doctor with --json. Returns its exit code and its findings by check. */
async function examine(env: Record<string, string> = environment, ...args: string[]) {
  const { code, out, err } = await doctor(["--json", "--wait", "60", ...args], env);
  assert.equal(err, "");
  assert.match(out, /^\{.*\}\n$/);
  const { results, counts } = JSON.parse(out) as {
    results: { check: string; findings: Finding[] }[];
    counts: Record<string, number>;
  };
  const findings = Object.fromEntries(results.map((one) => [one.check, one.findings]));
  return { code, counts, findings, get: (check: string) => findings[check] ?? [] };
}

test("the doctor has help, and refuses unknown options and an invalid configuration", async () => {
  const help = await doctor(["--help"]);
  assert.equal(help.code, 0);
  for (const option of ["--json", "--dns", "--accept-secrets", "Exit codes"]) assert.ok(help.out.includes(option));
  const misuse = await doctor(["--cure"]);
  assert.equal(misuse.code, 2);
  assert.match(misuse.err, /--cure.+Help: npm run doctor/);
  assert.equal((await doctor(["--wait", "0"])).code, 2);
  const wrong = await doctor([], { ...environment, BCRYPT_COST: "99" });
  assert.equal(wrong.code, 78);
  assert.match(wrong.err, /BCRYPT_COST/);
});

test("without a running app, the doctor opens the database itself, and says that nothing answers", async () => {
  const { code, out } = await doctor([]);
  assert.equal(code, 1);
  assert.match(out, /Public address\n {2}✗ http:\S+ cannot be reached from here: nothing listens there\n {6}Why: /);
  assert.match(out, /\n {6}Remedy: Start the app and the proxy/);
  assert.match(out, /Indexes\n {2}✗ Missing: /, "it repairs nothing");
  assert.match(out, /Clock\n {2}✓ /);
  assert.match(out, /\n2 problems, \d+ warnings?, \d+ ok, \d+ not checked\n$/);
});

test("beside a running app on the same data directory, the doctor finds no problem and disturbs nothing", async () => {
  const app = startServer(environment);
  assert.ok(await app.ready, app.output());
  const { code, counts, get } = await examine();
  assert.deepEqual([code, counts.problem], [0, 0], JSON.stringify(get("Public address")));
  assert.deepEqual(
    get("Public address").map(({ what }) => what),
    [`${origin} leads to this app`, "0 proxies add to X-Forwarded-For, and TRUST_PROXY is 0"],
  );
  assert.equal((await visitor(origin).get("/readyz")).status, 200, "the engine still runs after the command");

  const foreign = await examine({ ...environment, SESSION_SECRET: otherSecret });
  assert.equal(foreign.code, 1);
  assert.match(foreign.get("Public address")[0]?.what ?? "", /answers with status 404, and not as this app/);
  app.stop();
  assert.equal(await app.ended, 0);
});

test("with another pepper, the doctor warns, and the app and the user command refuse to start", async () => {
  const changed = { ...environment, PASSWORD_PEPPER: otherSecret };
  const { code, get } = await examine(changed);
  assert.equal(code, 1);
  assert.deepEqual(
    get("Secrets").map(({ kind, what }) => [kind, what]),
    [["problem", "PASSWORD_PEPPER is not the one that this database was used with"]],
  );
  const app = startServer(changed);
  assert.equal(await app.ready, false);
  assert.equal(await app.ended, 78);
  assert.match(app.output(), /cannot start with these secrets:\n {2}PASSWORD_PEPPER is not the one/);
  assert.match(app.output(), /Set the right one, from your copy/);
  const user = script.replace("doctor.js", "user.js");
  const list = await new Promise<string>((resolve) => {
    execFile(process.execPath, [user, "list"], { env: changed }, (error, _out, err) =>
      resolve(`${error?.code} ${err}`),
    );
  });
  assert.match(list, /^1 .*PASSWORD_PEPPER is not the one/s);
});

test("a factor key can be rotated, but not left out again", async () => {
  const rotated = { ...environment, FACTOR_KEY: otherSecret };
  const app = startServer(rotated);
  assert.ok(await app.ready, app.output());
  app.stop();
  await app.ended;
  assert.equal((await examine(rotated)).get("Secrets")[0]?.kind, "ok");
  const { get } = await examine(environment);
  assert.deepEqual(
    get("Secrets").map(({ what }) => what),
    ["FACTOR_KEY is not the one that this database was used with"],
  );
});

test("after a loss, the new secrets can be accepted", async () => {
  const lost = { ...environment, PASSWORD_PEPPER: otherSecret };
  assert.equal((await examine(lost, "--accept-secrets")).get("Secrets")[0]?.kind, "ok");
  const app = startServer(lost);
  assert.ok(await app.ready, app.output());
  app.stop();
  assert.equal(await app.ended, 0);
});

test("a sound installation in production has no problem: TLS, mail server, DNS records and backups", async () => {
  const [authority, dns, engine] = [createAuthority(), await dnsServer(), await temporaryEngine()];
  dns.records = {
    "example.org": ["v=spf1 mx -all"],
    "s1._domainkey.example.org": ["v=DKIM1; p=MIIB"],
    "_dmarc.example.org": ["v=DMARC1; p=reject"],
  };
  const mail = new SMTPServer({ authOptional: true, disabledCommands: ["STARTTLS"] });
  mail.listen(0, "127.0.0.1");
  await once(mail.server, "listening");
  const [inner, files] = [await freePort(), temporaryDirectory()];
  const outer = await proxy(inner, { tls: authority.issue("localhost") });
  writeFileSync(join(files, "ca.pem"), authority.ca);
  writeFileSync(join(files, createFileName(false, new Date(), `localhost_${outer}`)), "backup");
  const production = {
    ...{
      ...path,
      NODE_ENV: "production",
      MONGODB_URI: engine.uri,
      DATA_DIR: temporaryDirectory(),
      PORT: String(inner),
    },
    ...{ BASE_URL: `https://localhost:${outer}`, TRUST_PROXY: "1", NODE_EXTRA_CA_CERTS: join(files, "ca.pem") },
    ...{ SESSION_SECRET: otherSecret, PASSWORD_PEPPER: "uN4bXq7eWz2rTk9mVc5jHs8yLg3dPf6a", LOG_LEVEL: "silent" },
    ...{ SMTP_URL: `smtp://127.0.0.1:${(mail.server.address() as { port: number }).port}`, BACKUP_DIR: files },
    ...{ MAIL_FROM: "no-reply@example.org", DKIM_SELECTOR: "s1" },
  };
  const app = startServer(production);
  assert.ok(await app.ready, app.output());
  const { code, findings } = await examine(production, "--dns", dns.address);
  app.stop();
  mail.close(() => undefined);
  const bad = Object.values(findings)
    .flat()
    .filter(({ kind, what }) => kind !== "ok" && !/^Node/.test(what)); // tests also run on the oldest Node
  assert.deepEqual(bad, []);
  assert.equal(code, 0);
  await app.ended;
});
