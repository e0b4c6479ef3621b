import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { lowerGlibc } from "../../../src/database/embedded/glibc.js";
import { startEmbedded } from "../../../src/database/embedded/index.js";
import { detectPlatform, findEngineAddon, type Platform } from "../../../src/database/embedded/platform.js";
import { copies, silent, temporaryDirectory } from "../../support/database/engine.js";

/** Returns another platform, whose engine npm has not installed here. */
function elsewhere(): Platform {
  const { os } = detectPlatform();
  return os === "darwin" ? { os: "linux", cpu: "x64", glibc: "2.38" } : { os: "darwin", cpu: "arm64", glibc: null };
}

const unsupported: [string, Platform, RegExp][] = [
  ["musl", { os: "linux", cpu: "x64", glibc: null }, /musl/],
  [
    "an older glibc",
    { os: "linux", cpu: "x64", glibc: "2.35" },
    /needs glibc 2\.36 or newer, and this machine has 2\.35/,
  ],
  ["a much older glibc", { os: "linux", cpu: "arm64", glibc: "2.9" }, /this machine has 2\.9/],
  ["an Intel Mac", { os: "darwin", cpu: "x64", glibc: null }, /darwin on x64/],
  ["Windows", { os: "win32", cpu: "x64", glibc: null }, /win32 on x64/],
  ["an engine that is not installed", elsewhere(), /not installed/],
];

for (const [name, platform, reason] of unsupported) {
  test(`${name}: one message with the reason and a fix`, async () => {
    const dataDir = temporaryDirectory();
    await assert.rejects(startEmbedded({ dataDir, log: silent, platform }), (error: Error) => {
      assert.equal(error.name, "EngineUnavailable");
      assert.match(error.message, reason);
      assert.match(error.message, /MONGODB_URI/);
      assert.match(error.message, /docker compose up -d mongo/);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  });
}

test("on glibc 2.38, the engine is loaded as installed", { skip: detectPlatform().os !== "linux" }, () => {
  assert.match(findEngineAddon({ ...detectPlatform(), glibc: "2.38" }, copies), /node_modules.*@0q.*\.node$/);
});

test("on glibc 2.36, a lowered copy is made once", { skip: detectPlatform().os !== "linux" }, () => {
  const directory = join(temporaryDirectory(), "copies");
  const copy = findEngineAddon({ ...detectPlatform(), glibc: "2.36" }, directory);
  assert.ok(copy.startsWith(directory));
  assert.equal(findEngineAddon({ ...detectPlatform(), glibc: "2.37" }, directory), copy);
  assert.deepEqual(lowerGlibc(readFileSync(copy)), [], "the copy requires no newer version");
});

test("lowering changes only the version and the seven C23 names", {
  skip: detectPlatform().os !== "linux",
}, () => {
  const addon = findEngineAddon({ ...detectPlatform(), glibc: "2.38" }, copies);
  const library = addon.replace(/[^/]+$/, "libembedded_mongodb_native.so");
  const original = readFileSync(library);
  const lowered = Buffer.from(original);
  const changes = lowerGlibc(lowered);
  assert.ok(
    changes.some((change) => /GLIBC_2\.38 -> GLIBC_2\.(2\.5|17)$/.test(change)),
    changes.join(", "),
  );
  assert.ok(changes.includes("__isoc23_strtoll"));
  let different = 0;
  for (let i = 0; i < original.length; i += 1) if (original[i] !== lowered[i]) different += 1;
  assert.ok(different > 0 && different < 100, `${different} bytes differ`);
});

test("a file that is not an ELF file is refused", () => {
  assert.throws(() => lowerGlibc(Buffer.from("#!/bin/sh\n")), /not a 64-bit little-endian ELF file/);
});

test("a directory open in another program produces one message with a fix", async () => {
  const dataDir = temporaryDirectory();
  const engine = await startEmbedded({ dataDir, log: silent, copies });
  rmSync(join(dataDir, "run/mongodb.sock"));
  await assert.rejects(startEmbedded({ dataDir, log: silent, copies, patienceMs: 300 }), (error: Error) => {
    assert.equal(error.name, "DirectoryLocked");
    assert.match(
      error.message,
      /has .*mongodb open and does not answer.*DATA_DIR.*MONGODB_URI.*docker compose up -d mongo/,
    );
    return true;
  });
  await engine.stop();
});
