import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { readDevSecrets } from "../../src/config/dev-secrets.js";
import { startEmbedded } from "../../src/database/embedded/index.js";
import { copies, silent, temporaryDirectory } from "../support/database/engine.js";
import { freePort, startServer } from "../support/processes/server.js";
import { isInSample } from "../support/settings/sample.js";

// For each reason why DATA_DIR is unusable, the start ends with an exit code and one message with the reason and a fix.

const PLANTED = fileURLToPath(new URL("../support/database/planted-faults.js", import.meta.url));
/** Root may write everywhere, so the server starts without these capabilities. */
const LIKE_ANYBODY = process.getuid?.() === 0 ? ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] : [];
const good = temporaryDirectory();

/** Copies a data directory that contains a database. */
function copyOfGood(): string {
  const dataDir = join(temporaryDirectory(), "data");
  cpSync(good, dataDir, { recursive: true });
  return dataDir;
}

async function start(DATA_DIR: string, more: Record<string, string> = {}) {
  const PORT = String(await freePort());
  return startServer({ NODE_ENV: "test", LOG_LEVEL: "warn", DATA_DIR, PORT, ...more }, { by: LIKE_ANYBODY });
}

before(async () => {
  cpSync(copies, join(good, "engine"), { recursive: true });
  const server = await start(good);
  assert.ok(await server.ready, server.output());
  server.stop();
  assert.equal(await server.ended, 0, server.output());
});

type Case = {
  plant?: (dataDir: string) => void;
  environment?: (dataDir: string) => Record<string, string>;
  says: RegExp;
  code: number;
};
const garbage = "garbage".repeat(2_000);
const collections = (dataDir: string) =>
  readdirSync(join(dataDir, "mongodb"))
    .filter((file) => file.startsWith("collection-"))
    .map((file) => join(dataDir, "mongodb", file));
const planted = (fault: string) => (dataDir: string) => ({
  NODE_OPTIONS: `--import=${PLANTED}`,
  PLANTED_FAULT: `${fault} ${dataDir}`,
});
const secrets = (text: string) => (dataDir: string) => writeFileSync(join(dataDir, "development-secrets.json"), text);
const damagedSecrets = {
  says: /development-secrets\.json is damaged.*backup.*SESSION_SECRET.*delete the file/s,
  code: 78,
};
const damagedDatabase = { says: /^The database in \S+mongodb is damaged.*Restore DATA_DIR.*move \S+ away/, code: 1 };
const denied = { says: /\S+ cannot be read and written by the user \d+.*chown -R.*another DATA_DIR/, code: 78 };

const cases: Record<string, Case> = {
  "its secrets are empty": { plant: secrets(""), ...damagedSecrets },
  "its secrets are {}": { plant: secrets("{}"), ...damagedSecrets },
  "its secrets are null": { plant: secrets("null"), ...damagedSecrets },
  "its secrets are cut off": { plant: secrets('{"sessionSecret":"kT9cVb3mQw8zLx5nRj2hGf7d'), ...damagedSecrets },
  "its pepper is empty": {
    plant: secrets(JSON.stringify({ sessionSecret: "x".repeat(40), passwordPepper: "" })),
    ...damagedSecrets,
  },
  "the database's first file is damaged": {
    plant: (dataDir) => writeFileSync(join(dataDir, "mongodb/WiredTiger.wt"), garbage),
    ...damagedDatabase,
  },
  "the database's catalog is cut off": {
    plant: (dataDir) => truncateSync(join(dataDir, "mongodb/_mdb_catalog.wt"), 100),
    ...damagedDatabase,
  },
  "its collections are damaged": {
    plant: (dataDir) => {
      for (const file of collections(dataDir)) writeFileSync(file, garbage);
    },
    ...damagedDatabase,
  },
  "it belongs to another user": {
    plant: (dataDir) => {
      rmSync(join(dataDir, "development-secrets.json"));
      chmodSync(dataDir, 0o500);
    },
    ...denied,
  },
  "the database's directory belongs to another user": {
    plant: (dataDir) => chmodSync(join(dataDir, "mongodb/journal"), 0o000),
    ...denied,
  },
  "a file of the database belongs to another user": {
    plant: (dataDir) => chmodSync(join(dataDir, "mongodb/WiredTiger.wt"), 0o400),
    ...denied,
  },
  "it is read-only": { environment: planted("openSync EROFS"), says: /is read-only.*Mount it for writing/, code: 78 },
  "its disk is full": { environment: planted("writeSync ENOSPC"), says: /is full. Make room/, code: 78 },
  "its disk is broken": { environment: planted("fsyncSync EIO"), says: /Check the disk/, code: 78 },
};

for (const [what, { plant, environment, says, code }] of Object.entries(cases).filter(isInSample)) {
  test(`DATA_DIR when ${what}: the start ends with one message and a fix`, async () => {
    const dataDir = copyOfGood();
    plant?.(dataDir);
    const server = await start(dataDir, environment?.(dataDir));
    if (await server.ready) server.stop(); // ends the test if the server starts by mistake
    const ended = await server.ended;
    for (const one of [dataDir, join(dataDir, "mongodb/journal")]) chmodSync(one, 0o700);
    const output = server.output().replace("Postern cannot start with this configuration:\n  DATA_DIR: ", "");
    assert.match(output, says);
    assert.equal(ended, code);
    assert.equal(output.trim().split("\n").length, 1, output);
    assert.doesNotMatch(output, /SIGABRT|Another program|at .*\.js|exit code/);
  });
}

for (const path of ["file", "file/below"]) {
  test(`DATA_DIR=${path}, which is not a directory, is refused`, async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "file"), "");
    const server = await start(join(directory, path));
    assert.equal(await server.ended, 78);
    assert.match(server.output(), /cannot be a directory.*Move that file away/);
  });
}

describe("development secrets", () => {
  for (const fault of ["openSync ENOSPC", "writeSync ENOSPC", "fsyncSync EIO"]) {
    test(`if the first write fails with ${fault}, no file is left, and the next start creates the secrets`, async () => {
      const dataDir = join(temporaryDirectory(), "data");
      mkdirSync(dataDir);
      const server = await start(dataDir, planted(fault)(dataDir));
      assert.equal(await server.ended, 78);
      assert.deepEqual(readdirSync(dataDir), []);
      const made = readDevSecrets(dataDir);
      assert.ok(made.passwordPepper.length >= 32);
      assert.deepEqual(readDevSecrets(dataDir), made);
      assert.deepEqual(readdirSync(dataDir), ["development-secrets.json"]);
    });
  }

  test("damaged secrets are not replaced", () => {
    const dataDir = temporaryDirectory();
    const file = join(dataDir, "development-secrets.json");
    writeFileSync(file, "{}");
    assert.throws(() => readDevSecrets(dataDir), /is damaged/);
    assert.equal(readFileSync(file, "utf8"), "{}");
  });
});

test("a process can join another one's engine and leave, and the data stays", async () => {
  const dataDir = copyOfGood();
  const first = await startEmbedded({ dataDir, log: silent, copies });
  const second = await startEmbedded({ dataDir, log: silent, copies });
  assert.equal(second.pid, null);
  await second.stop();
  await first.stop();
  assert.ok(existsSync(join(dataDir, "mongodb/WiredTiger.wt")));
});
