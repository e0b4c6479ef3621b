import "../../support/settings/proxied.js";
import "../../support/environment.js";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, describe, mock, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import mongoose from "mongoose";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { config, root } from "../../../src/config/index.js";
import { ensureIndexes } from "../../../src/database/indexes.js";
import { jobs } from "../../../src/jobs/enqueue.js";
import { createFileName } from "../../../src/services/operations/backup/retention.js";
import { checkAddress } from "../../../src/services/operations/doctor/address.js";
import { checkBackups } from "../../../src/services/operations/doctor/backups.js";
import { checkClock } from "../../../src/services/operations/doctor/clock.js";
import { checkDisk, judgeSpace } from "../../../src/services/operations/doctor/disk.js";
import { checkEmailRecords } from "../../../src/services/operations/doctor/email-records.js";
import type { DoctorCheck, Finding, Settings } from "../../../src/services/operations/doctor/finding.js";
import { checkIndexes } from "../../../src/services/operations/doctor/indexes.js";
import { compareProxies } from "../../../src/services/operations/doctor/proxies.js";
import { checkQueue } from "../../../src/services/operations/doctor/queue.js";
import { checkSecrets } from "../../../src/services/operations/doctor/secrets.js";
import { checkMode, checkRateLimits } from "../../../src/services/operations/doctor/settings.js";
import { checkSmtp } from "../../../src/services/operations/doctor/smtp.js";
import { checkPackages, judgeNode } from "../../../src/services/operations/doctor/versions.js";
import { origin } from "../../support/app.js";
import { temporaryDirectory } from "../../support/database/engine.js";
import { freePort } from "../../support/processes/server.js";
import { createAuthority } from "./certificates.js";
import { dnsServer } from "./dns-server.js";
import { proxy } from "./proxy.js";

// Each fault is planted with real servers, certificates, records, files and documents. The doctor must name it with its
// remedy, and must find nothing before.

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const app = Number(new URL(origin).port);
const authority = createAuthority();
const dns = await dnsServer();
const given: Settings = { ...config, waitMs: 60_000, rateLimits: true, dnsServers: [dns.address] };
const examine = async (check: DoctorCheck, changed: Partial<Settings> = {}) => check({ ...given, ...changed });
const at = (port: number) => ({ baseUrl: new URL(`http://127.0.0.1:${port}`) });

/** A program that is not this app. */
async function otherProgram(): Promise<number> {
  const server = createHttpServer((_req, res) => res.end("It works!")).listen(0, "127.0.0.1");
  await once(server, "listening");
  after(() => server.close());
  return (server.address() as { port: number }).port;
}

/** A server that accepts connections and says nothing. */
async function silentServer(): Promise<number> {
  const server = createServer((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1");
  await once(server, "listening");
  after(() => server.close());
  return (server.address() as { port: number }).port;
}

async function mailServer(options: SMTPServerOptions = {}): Promise<number> {
  const accept: SMTPServerOptions["onAuth"] = ({ username, password }, _session, done) =>
    username === "postern" && password === "p@ss"
      ? done(null, { user: username })
      : done(Object.assign(new Error("Wrong"), { responseCode: 535 }));
  const server = new SMTPServer({ onAuth: accept, allowInsecureAuth: true, ...options });
  server.on("error", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  after(() => server.close());
  return (server.server.address() as { port: number }).port;
}

/** Checks the certificate of `localhost` at a port, in a process that trusts the test's authority or not. */
async function checkTls(port: number, { isTrusted = true } = {}): Promise<Finding[]> {
  const file = join(temporaryDirectory(), "ca.pem");
  writeFileSync(file, authority.ca);
  const script = fileURLToPath(new URL("./check-tls.js", import.meta.url));
  const env = { ...process.env, ...(isTrusted && { NODE_EXTRA_CA_CERTS: file }) };
  const { stdout } = await promisify(execFile)(process.execPath, [script, `https://localhost:${port}`], { env });
  return JSON.parse(stdout);
}
/** A proxy that ends TLS and sends HSTS, as the app does behind an https BASE_URL. */
const tlsProxy = (days?: [number, number], { host = "localhost", hsts = ["max-age=63072000"] } = {}) =>
  proxy(app, { tls: authority.issue(host, days), sets: { "strict-transport-security": hsts[0] } });

const records = {
  "example.org": ["v=spf1 include:_spf.example.net -all", "google-site-verification=x"],
  "mail2026._domainkey.example.org": ["v=DKIM1; k=rsa; p=MIIBIjANBg"],
  "_dmarc.example.org": ["v=DMARC1; p=reject; sp=none; rua=mailto:dmarc@example.org"],
};
/** Checks the records of example.org after a change. */
async function checkRecords(changed: Record<string, string[] | undefined>, settings: Partial<Settings> = {}) {
  const all: Record<string, string[] | undefined> = { ...records, ...changed };
  dns.records = Object.fromEntries(Object.entries(all).filter(([, texts]) => texts)) as Record<string, string[]>;
  const mailFrom = { name: "Postern", address: "no-reply@example.org" };
  return examine(checkEmailRecords, {
    smtpUrl: "smtp://127.0.0.1",
    mailFrom,
    dkimSelectors: ["mail2026"],
    ...settings,
  });
}

const users = () => mongoose.connection.collection("users");
/** Runs a check while the clock of this process is wrong. */
async function withClock(offsetMs: number, check: DoctorCheck): Promise<Finding[]> {
  mock.timers.enable({ apis: ["Date"], now: Date.now() + offsetMs });
  try {
    return await examine(check);
  } finally {
    mock.timers.reset();
  }
}

/** A folder with one backup. */
function backups(ageHours: number | null): string {
  const folder = temporaryDirectory();
  if (ageHours === null) return folder;
  const made = new Date(Date.now() - ageHours * HOUR_MS);
  writeFileSync(join(folder, createFileName(false, made)), "backup");
  return folder;
}

async function withJob(job: object): Promise<Finding[]> {
  const { insertedId } = await jobs().insertOne({ name: "planted", priority: 0, data: {}, ...job });
  try {
    return await examine(checkQueue);
  } finally {
    await jobs().deleteOne({ _id: insertedId });
  }
}

/** A copy of package.json, the lock file and one package, with a change. */
async function withPackages(change: (folder: string) => void): Promise<Finding[]> {
  const folder = temporaryDirectory();
  const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const locked = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const packages = { "": {}, "node_modules/qr": locked.packages["node_modules/qr"] };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ dependencies: { qr: own.dependencies.qr } }));
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ packages }));
  mkdirSync(join(folder, "node_modules/qr"), { recursive: true });
  cpSync(join(root, "node_modules/qr/package.json"), join(folder, "node_modules/qr/package.json"));
  change(folder);
  return [await checkPackages(folder)];
}

type Fault = { kind: Finding["kind"]; found: RegExp; remedy?: RegExp; plant: () => Promise<Finding[]> | Finding[] };
const smtp = (address: string, settings: Partial<Settings> = {}) =>
  examine(checkSmtp, { smtpUrl: `smtp://${address}`, ...settings });

/** All faults: how each is planted, and what the doctor must say. */
const faults: Record<string, Fault> = {
  "nothing listens at BASE_URL": {
    ...{ kind: "problem", found: /cannot be reached.*nothing listens/, remedy: /Start the app and the proxy/ },
    plant: async () => examine(checkAddress, at(await freePort())),
  },
  "BASE_URL does not answer": {
    ...{ kind: "problem", found: /no answer in time/, remedy: /firewall/ },
    plant: async () => examine(checkAddress, { ...at(await silentServer()), waitMs: 200 }),
  },
  "another program answers at BASE_URL": {
    ...{ kind: "problem", found: /status 200, and not as this app/, remedy: /where the proxy forwards to/ },
    plant: async () => examine(checkAddress, at(await otherProgram())),
  },
  "TRUST_PROXY is too low": {
    ...{ kind: "problem", found: /2 proxies add .* TRUST_PROXY is 1/, remedy: /TRUST_PROXY=2/ },
    plant: async () => examine(checkAddress, at(await proxy(await proxy(app)))),
  },
  "TRUST_PROXY is too high": {
    ...{ kind: "problem", found: /0 proxies add .* TRUST_PROXY is 1/, remedy: /TRUST_PROXY=0/ },
    // not by 127.0.0.1, for which the test app replaces the Host header
    plant: () => examine(checkAddress, { baseUrl: new URL(`http://localhost:${app}`) }),
  },
  "a proxy passes the header of clients on": {
    ...{ kind: "problem", found: /0 proxies add/, remedy: /TRUST_PROXY=0/ },
    plant: async () => examine(checkAddress, at(await proxy(app, { forwards: "nothing" }))),
  },
  "no proxy names its client": {
    ...{ kind: "warning", found: /does not add to X-Forwarded-For/, remedy: /TRUST_PROXY=1/ },
    plant: () => [compareProxies({ forwardedFor: [], host: "", trusted: 0 }, { ...given, https: true })],
  },
  "the proxy replaces the host name": {
    ...{ kind: "warning", found: /gets the host name backend:3000/, remedy: /proxy_set_header Host/ },
    plant: async () => examine(checkAddress, at(await proxy(app, { host: "backend:3000" }))),
  },
  "the certificate has expired": {
    ...{ kind: "problem", found: /has expired \(CERT_HAS_EXPIRED\)/, remedy: /certbot renew/ },
    plant: async () => checkTls(await tlsProxy([-91, -1])),
  },
  "the certificate expires soon": {
    ...{ kind: "warning", found: /valid for 9 more days/, remedy: /certbot renew/ },
    plant: async () => checkTls(await tlsProxy([-80, 9.5])),
  },
  "the certificate is not valid yet": {
    ...{ kind: "problem", found: /not valid yet/, remedy: /clock/ },
    plant: async () => checkTls(await tlsProxy([1, 90])),
  },
  "the certificate is for another host": {
    ...{ kind: "problem", found: /for another host name/, remedy: /host name of BASE_URL/ },
    plant: async () => checkTls(await tlsProxy(undefined, { host: "other.example" })),
  },
  "nobody trusts the authority": {
    ...{ kind: "problem", found: /not from a trusted authority/, remedy: /NODE_EXTRA_CA_CERTS/ },
    plant: async () => checkTls(await tlsProxy(), { isTrusted: false }),
  },
  "the proxy deletes HSTS": {
    ...{ kind: "warning", found: /HSTS is not sent/, remedy: /setting of the proxy/ },
    plant: async () => checkTls(await tlsProxy(undefined, { hsts: [] })),
  },
  "the proxy shortens HSTS": {
    ...{ kind: "warning", found: /HSTS is sent for only 1 days/, remedy: /setting of the proxy/ },
    plant: async () => checkTls(await tlsProxy(undefined, { hsts: ["max-age=86400"] })),
  },
  "no mail server listens": {
    ...{ kind: "problem", found: /cannot be reached/, remedy: /host and port in SMTP_URL/ },
    plant: async () => smtp(`127.0.0.1:${await freePort()}`),
  },
  "the mail server does not greet": {
    ...{ kind: "problem", found: /does not greet in time/, remedy: /smtps:/ },
    plant: async () => smtp(`127.0.0.1:${await silentServer()}`, { waitMs: 200 }),
  },
  "the mail server refuses the password": {
    ...{ kind: "problem", found: /refuses the login \(535\)/, remedy: /percent-encoded/ },
    plant: async () => smtp(`postern:wrong@127.0.0.1:${await mailServer()}`),
  },
  "the mail server offers no STARTTLS": {
    ...{ kind: "problem", found: /does not offer STARTTLS/, remedy: /port 465/ },
    // 0.0.0.0 is this machine under a name that is not loopback, so TLS is required.
    plant: async () => smtp(`0.0.0.0:${await mailServer({ disabledCommands: ["STARTTLS"], authOptional: true })}`),
  },
  "nobody trusts the mail server's certificate": {
    ...{ kind: "problem", found: /certificate of 0\.0\.0\.0:\d+ is invalid/, remedy: /NODE_EXTRA_CA_CERTS/ },
    plant: async () => smtp(`0.0.0.0:${await mailServer()}`),
  },
  "production has no mail server": {
    ...{ kind: "warning", found: /SMTP_URL is not set/, remedy: /Set SMTP_URL/ },
    plant: () => examine(checkSmtp, { production: true }),
  },
  "there is no SPF record": {
    ...{ kind: "problem", found: /example\.org has no SPF/, remedy: /v=spf1/ },
    plant: () => checkRecords({ "example.org": ["something"] }),
  },
  "there are two SPF records": {
    ...{ kind: "problem", found: /2 SPF records/, remedy: /Join them/ },
    plant: () => checkRecords({ "example.org": ["v=spf1 -all", "v=spf1 a -all"] }),
  },
  "the SPF record allows everyone": {
    ...{ kind: "problem", found: /\+all/, remedy: /-all/ },
    plant: () => checkRecords({ "example.org": ["v=spf1 a all"] }),
  },
  "the SPF record has no end": {
    ...{ kind: "warning", found: /does not end with -all/, remedy: /-all/ },
    plant: () => checkRecords({ "example.org": ["v=spf1 a ?all"] }),
  },
  "there is no key of the DKIM selector": {
    ...{ kind: "problem", found: /mail2026\._domainkey\.example\.org has no DKIM key/, remedy: /DKIM_SELECTOR/ },
    plant: () => checkRecords({ "mail2026._domainkey.example.org": undefined }),
  },
  "the DKIM key is revoked": {
    ...{ kind: "problem", found: /is revoked/, remedy: /Publish the key/ },
    plant: () => checkRecords({ "mail2026._domainkey.example.org": ["v=DKIM1; p="] }),
  },
  "there is no DKIM key at all": {
    ...{ kind: "warning", found: /no DKIM key below _domainkey\.example\.org/, remedy: /DKIM_SELECTOR/ },
    plant: () => checkRecords({ "mail2026._domainkey.example.org": undefined }, { dkimSelectors: [] }),
  },
  "there is no DMARC record": {
    ...{ kind: "problem", found: /example\.org has no DMARC/, remedy: /_dmarc\.example\.org/ },
    plant: () => checkRecords({ "_dmarc.example.org": undefined }),
  },
  "DMARC only reports": {
    ...{ kind: "warning", found: /example\.org has the policy none/, remedy: /p=quarantine/ },
    plant: () => checkRecords({ "_dmarc.example.org": ["v=DMARC1; p=none"] }),
  },
  "DNS does not answer": {
    ...{ kind: "not checked", found: /DNS record/ },
    async plant() {
      dns.isSilent = true;
      const findings = await checkRecords({}, { waitMs: 400 });
      dns.isSilent = false;
      return findings;
    },
  },
  "the clock is ahead": {
    ...{ kind: "problem", found: /600 seconds ahead of/, remedy: /NTP/ },
    plant: () => withClock(10 * MINUTE_MS, checkClock),
  },
  "the clock is a little behind": {
    ...{ kind: "warning", found: /60 seconds behind/, remedy: /NTP/ },
    plant: () => withClock(-1 * MINUTE_MS, checkClock),
  },
  "an index was dropped": {
    ...{ kind: "problem", found: /Missing: users\.username/, remedy: /Restart the app/ },
    async plant() {
      const [index] = (await users().indexes()).filter(({ key }) => Object.keys(key).join() === "username");
      await users().dropIndex(String(index?.name));
      const findings = await examine(checkIndexes);
      await ensureIndexes();
      return findings;
    },
  },
  "a unique index of another program": {
    ...{ kind: "warning", found: /Unknown and unique: users\.foreign/, remedy: /db\.users\.dropIndex\("foreign"\)/ },
    async plant() {
      await users().createIndex({ foreign: 1 }, { name: "foreign", unique: true, sparse: true });
      const findings = await examine(checkIndexes);
      await users().dropIndex("foreign");
      return findings;
    },
  },
  "an index of another program": {
    ...{ kind: "warning", found: /Unknown: users\.slow/, remedy: /dropIndex/ },
    async plant() {
      await users().createIndex({ slow: 1 }, { name: "slow" });
      const findings = await examine(checkIndexes);
      await users().dropIndex("slow");
      return findings;
    },
  },
  "the pepper is another one": {
    ...{ kind: "problem", found: /^PASSWORD_PEPPER is not the one/, remedy: /from your copy/ },
    plant: () =>
      examine(checkSecrets, { passwordPepper: "another-pepper-of-32-characters!", factorKeys: config.factorKeys }),
  },
  "the factor key is another one": {
    ...{ kind: "problem", found: /^FACTOR_KEY is not the one/, remedy: /leave the older keys/ },
    plant: () => examine(checkSecrets, { factorKeys: ["another-key-with-32-characters!!"] }),
  },
  "the last backup is old": {
    ...{ kind: "problem", found: /73 hours old/, remedy: /npm run backup/ },
    plant: () => examine(checkBackups, { backupDir: backups(73) }),
  },
  "a backup was left out": {
    ...{ kind: "warning", found: /27 hours old/, remedy: /npm run backup/ },
    plant: () => examine(checkBackups, { backupDir: backups(27) }),
  },
  "there is no backup": {
    ...{ kind: "problem", found: /There is no backup/, remedy: /make one now/ },
    plant: () => examine(checkBackups, { backupDir: backups(null) }),
  },
  "the folder of backups does not exist": {
    ...{ kind: "problem", found: /cannot be read: ENOENT/, remedy: /Create the folder/ },
    plant: () => examine(checkBackups, { backupDir: join(temporaryDirectory(), "none") }),
  },
  "a collection is in no backup": {
    ...{ kind: "warning", found: /No backup contains the collection notes/, remedy: /models\/backup\/collections\.ts/ },
    async plant() {
      await mongoose.connection.collection("notes").insertOne({ text: "kept nowhere" });
      const findings = await examine(checkBackups, { backupDir: backups(1) });
      await mongoose.connection.collection("notes").drop();
      return findings;
    },
  },
  "a job waits, because no process runs it": {
    ...{ kind: "problem", found: /job planted has been due for 90 minutes/, remedy: /the app runs/ },
    plant: () => withJob({ nextRunAt: new Date(Date.now() - 90 * MINUTE_MS), lockedAt: null }),
  },
  "the process of a job has ended": {
    ...{ kind: "warning", found: /job planted has been due for 6 minutes/, remedy: /job\.failed/ },
    plant: () => withJob({ nextRunAt: null, lockedAt: new Date(Date.now() - 6 * MINUTE_MS) }),
  },
  "the disk is nearly full": {
    ...{ kind: "problem", found: /GB are free for DATA_DIR/, remedy: /Delete what is no longer needed/ },
    plant: async () => [await judgeSpace("DATA_DIR", config.dataDir, { warn: 2 ** 60, fail: 2 ** 60 })],
  },
  "Node is too old": {
    ...{ kind: "problem", found: /Node 20\.18\.3/, remedy: /Install Node 24/ },
    plant: () => [judgeNode("20.18.3")],
  },
  "Node is older than recommended": {
    ...{ kind: "warning", found: /Node 20\.19\.0/, remedy: /Install Node 24/ },
    plant: () => [judgeNode("20.19.0")],
  },
  "a package has another version": {
    ...{ kind: "problem", found: /qr 0\.0\.1 instead of \d/, remedy: /npm ci/ },
    plant: () =>
      withPackages((folder) => writeFileSync(join(folder, "node_modules/qr/package.json"), '{"version":"0.0.1"}')),
  },
  "a package is missing": {
    ...{ kind: "problem", found: /qr \(none\) instead of \d/, remedy: /npm ci/ },
    plant: () => withPackages((folder) => rmSync(join(folder, "node_modules/qr"), { recursive: true })),
  },
  "package.json was changed by hand": {
    ...{ kind: "problem", found: /qr 9\.9\.9 is in package\.json only/, remedy: /npm ci/ },
    plant: () =>
      withPackages((folder) => writeFileSync(join(folder, "package.json"), '{"dependencies":{"qr":"9.9.9"}}')),
  },
  "rate limits are off": {
    ...{ kind: "warning", found: /Rate limits are off/, remedy: /Remove RATE_LIMITS/ },
    plant: () => examine(checkRateLimits, { rateLimits: false }),
  },
  "a public site runs in development mode": {
    ...{ kind: "problem", found: /BASE_URL is public, but NODE_ENV is not production/, remedy: /NODE_ENV=production/ },
    plant: () => examine(checkMode, { production: false, baseUrl: new URL("https://accounts.example.org") }),
  },
};

describe("without a fault, the doctor finds none", () => {
  const sound: Record<string, () => Promise<Finding[]> | Finding[]> = {
    "one proxy that appends": async () => examine(checkAddress, at(await proxy(app))),
    "one proxy that replaces": async () => examine(checkAddress, at(await proxy(app, { forwards: "replace" }))),
    "a proxy behind one that adds nothing": async () =>
      examine(checkAddress, at(await proxy(await proxy(app), { forwards: "delete" }))),
    "a valid certificate": async () => checkTls(await tlsProxy()),
    "a fresh certificate of six days": async () => checkTls(await tlsProxy([-1, 5])),
    "a mail server with a login": async () => smtp(`postern:p%40ss@127.0.0.1:${await mailServer()}`),
    "a mail server without a login": async () => smtp(`127.0.0.1:${await mailServer({ authOptional: true })}`),
    "all records": () => checkRecords({}),
    "all records, and no selector": () => checkRecords({}, { dkimSelectors: [] }),
    "a subdomain that inherits DMARC": () =>
      checkRecords(
        {
          "accounts.example.org": ["v=spf1 mx -all"],
          "mail2026._domainkey.accounts.example.org": ["p=MIIB"],
          "_dmarc.example.org": ["v=DMARC1; p=none; sp=reject"],
        },
        { mailFrom: { name: "", address: "no-reply@accounts.example.org" } },
      ),
    clock: () => examine(checkClock),
    indexes: () => examine(checkIndexes),
    secrets: () => examine(checkSecrets),
    "a rotated factor key": () =>
      examine(checkSecrets, { factorKeys: ["a-new-key-with-32-characters-here", ...config.factorKeys] }),
    "a backup of last night": () => examine(checkBackups, { backupDir: backups(20) }),
    jobs: () => examine(checkQueue),
    disks: () => examine(checkDisk, { backupDir: backups(1) }),
    "a recommended Node": () => [judgeNode("24.11.1")],
    packages: () => withPackages(() => undefined),
    "rate limits": () => examine(checkRateLimits),
    "production mode": () => examine(checkMode, { production: true, baseUrl: new URL("https://accounts.example.org") }),
    "development on this machine": () =>
      examine(checkMode, { production: false, baseUrl: new URL("https://localhost:3000") }),
  };
  for (const [name, look] of Object.entries(sound)) {
    test(name, async () => {
      const findings = await look();
      assert.ok(findings.length > 0);
      assert.deepEqual(
        findings.filter(({ kind }) => kind !== "ok"),
        [],
      );
    });
  }
});

describe("the doctor names every planted fault with its remedy", () => {
  let found = 0;
  for (const [name, { kind, found: expected, remedy, plant }] of Object.entries(faults)) {
    test(name, async () => {
      const findings = await plant();
      const one = findings.find(({ what }) => expected.test(what));
      assert.ok(one, JSON.stringify(findings));
      assert.equal(one.kind, kind);
      if (kind !== "not checked") {
        assert.ok("remedy" in one && one.why.length > 20, JSON.stringify(one));
        assert.match(one.remedy, remedy ?? /^$/);
      }
      const others = findings.filter((other) => other !== one && ["warning", "problem"].includes(other.kind));
      assert.deepEqual(others, [], "no other part is blamed");
      found += 1;
    });
  }
  test("all are found", (t) => {
    assert.equal(found, Object.keys(faults).length);
    t.diagnostic(`planted ${Object.keys(faults).length}, found ${found}`);
  });
});
