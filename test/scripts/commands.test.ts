import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "../support/database/engine.js";

/** The commands for operators, with as many arguments as they take. */
const commands: Record<string, string[]> = {
  audit: ["verify"],
  backup: ["postern.tar.gz"],
  bench: [],
  doctor: [],
  migrate: [],
  restore: ["postern.tar.gz"],
  seed: [],
  user: ["enable", "ada"],
};

const DATA_DIR = temporaryDirectory();

type Ended = { code: number; out: string; err: string };
/** Runs a command. One that did more than read its arguments would fail, because there is no database. */
function run(name: string, args: string[], settings: Record<string, string> = {}): Promise<Ended> {
  const script = fileURLToPath(new URL(`../../scripts/${name}.js`, import.meta.url));
  const env = { NODE_ENV: "test", DATA_DIR, MONGODB_URI: "mongodb://127.0.0.1:1/postern", ...settings };
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

for (const [name, args] of Object.entries(commands)) {
  test(`npm run ${name} prints its help, and refuses an unknown option and one argument too many in one line`, async () => {
    const [help, unknown, surplus] = await Promise.all([
      run(name, ["--help"]),
      run(name, [...args, "--force"]),
      run(name, [...args, "surplus"]),
    ]);
    assert.deepEqual([help.code, help.err], [0, ""]);
    assert.match(
      help.out,
      new RegExp(`^[A-Z].+\n[^]*^Usage: npm run ${name}[^]*^Exit codes: 0 .*2 invalid usage`, "m"),
    );
    assert.deepEqual([unknown.code, unknown.out], [2, ""], unknown.err);
    assert.match(unknown.err, new RegExp(`^Unknown option '--force'\\. Help: npm run ${name} -- .*--help\\n$`));
    assert.deepEqual([surplus.code, surplus.out], [2, ""], surplus.err);
    assert.match(surplus.err, new RegExp(`^Unexpected argument "surplus"\\. Help: npm run ${name} -- .*--help\\n$`));
  });
}

/** The commands that can print JSON, in this order: a backup is made and read. */
const printing: [name: string, args: string[]][] = [
  ["migrate", []],
  ["user", ["list"]],
  ["audit", ["verify"]],
  ["doctor", []],
  ["backup", [join(temporaryDirectory(), "postern.backup")]],
];

for (const [name, args] of printing) {
  test(`npm run ${name} -- --json prints nothing but JSON to standard output, however much is logged`, async () => {
    const { out, err } = await run(name, [...args, "--json"], { LOG_LEVEL: "trace", MONGODB_URI: "" });
    assert.doesNotThrow(() => JSON.parse(out), out + err);
  });
}
