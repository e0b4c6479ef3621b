import { config } from "../../src/config/index.js";
import { openDatabase } from "../../src/database/open.js";
import { log } from "../../src/log.js";
import { listMigrations, planMigrations, runMigrations } from "../../src/services/operations/migrations/run.js";
import type { Printed } from "../support/command-line.js";

/** Runs the migrations, or says what they would change. */
export async function run(values: { "dry-run"?: boolean }): Promise<Printed> {
  const database = await openDatabase({ uri: config.mongodbUri, dataDir: config.dataDir, log });
  try {
    return await (values["dry-run"] ? plan() : migrate());
  } finally {
    await database.close();
  }
}

const NOTHING = "All migrations are done.";

async function plan(): Promise<Printed> {
  const planned = await planMigrations();
  const lines = planned.map(({ name, about, left }) => `${name}  ${about}: ${left} documents`);
  const text = ["Nothing was changed. A run would do this:", ...lines].join("\n");
  return { text: planned.length > 0 ? text : NOTHING, data: { planned } };
}

async function migrate(): Promise<Printed> {
  const finished = await runMigrations();
  const waiting = (await listMigrations()).filter(({ state }) => state === "waiting").map(({ name }) => name);
  const lines = finished.map(({ name, changed }) => `${name}  done, ${changed} documents`);
  const others = waiting.length > 0 ? [`Another process works on: ${waiting.join(", ")}`] : [];
  return { text: [...lines, ...others].join("\n") || NOTHING, data: { finished, waiting } };
}
