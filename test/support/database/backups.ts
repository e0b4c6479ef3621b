import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import mongoose from "mongoose";
import { config } from "../../../src/config/index.js";
import { temporaryDirectory } from "./engine.js";

/** The end of a command. */
export type Ended = { code: number | null; signal: NodeJS.Signals | null; out: string; err: string };
/** Arguments, standard input and environment variables of a command. */
export type Settings = { args?: string[]; input?: string; set?: Record<string, string> };

const folder = temporaryDirectory();
let count = 0;

/** Returns the path of a new file in a temporary folder. */
export const newFile = (name = "backup.tar.gz") => join(folder, `${++count}`, name);

/** Returns a new database of this test's engine. */
export const newDatabase = () => mongoose.connection.getClient().db(`restored-${++count}`);
export type Database = ReturnType<typeof newDatabase>;

/** Starts `backup` or `restore` in a process of its own, beside the app of this test. */
export function startCommand(
  name: "backup" | "restore",
  { args = [], input = "", set = {} }: Settings,
  database = mongoose.connection.name,
): ChildProcess & { ended: Promise<Ended> } {
  const script = fileURLToPath(new URL(`../../../scripts/${name}.js`, import.meta.url));
  const [host] = mongoose.connection.getClient().options.hosts;
  const uri = `mongodb://${encodeURIComponent(String(host))}/${database}?w=1&journal=true&directConnection=true`;
  const { dataDir, passwordPepper } = config;
  const env = { ...process.env, MONGODB_URI: uri, DATA_DIR: dataDir, PASSWORD_PEPPER: passwordPepper, ...set };
  const child = spawn(process.execPath, [script, ...args], { env });
  const ended: Ended = { code: null, signal: null, out: "", err: "" };
  child.stdout.on("data", (text) => (ended.out += text));
  child.stderr.on("data", (text) => (ended.err += text));
  child.stdin.end(input);
  const end = new Promise<Ended>((resolve) => child.on("close", (code, signal) => resolve({ ...ended, code, signal })));
  return Object.assign(child, { ended: end });
}

/** Makes a backup of the app's database, and returns the file. */
export async function backUp({ args = [], ...others }: Settings = {}): Promise<string> {
  const file = newFile();
  const { code, err } = await startCommand("backup", { args: [file, ...args], ...others }).ended;
  assert.deepEqual([code, err], [0, ""]);
  return file;
}

/** Restores a backup into a database. */
export const restore = (file: string, into: Database, { args = [], ...others }: Settings = {}): Promise<Ended> =>
  startCommand("restore", { args: [file, ...args], ...others }, into.databaseName).ended;

/** Reads all documents of a database as BSON in hexadecimal digits, by collection, in the order of their ids. */
export async function readRaw(database: Database, names?: readonly string[]): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const name of names ?? (await database.listCollections().toArray()).map((one) => one.name).sort()) {
    const documents = await database
      .collection(name)
      .find({}, { raw: true, sort: { _id: 1 } })
      .toArray();
    found[name] = documents.map((document) => Buffer.from(document as unknown as Buffer).toString("hex"));
  }
  return found;
}
