// Changes stored data after an update: `npm run migrate -- --help`. Can run while the app is running, which does the same.
import { parseArgs } from "node:util";
import { config } from "../src/config/index.js";
import { openDatabase } from "../src/database/open.js";
import { stopQueue } from "../src/jobs/queue.js";
import { log } from "../src/log.js";
import { listMigrations, planMigrations, runMigrations } from "../src/services/operations/migrations/run.js";

const HELP = `Changes stored data after an update. The running app does the same by itself, in the background.

Usage: npm run migrate [-- --dry-run] [-- --json]
  --dry-run   only says what would change
  --json      prints JSON

Exit codes: 0 success, 1 failure, 2 invalid usage, 78 invalid configuration.`;

const flag = { type: "boolean", default: false } as const;
const options = { "dry-run": flag, json: flag, help: { ...flag, short: "h" } } as const;

class Misuse extends Error {}

function understand(args: string[]) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new Misuse(`${(error as Error).message}\n\n${HELP}`);
  }
}

async function plan() {
  const planned = await planMigrations();
  const lines = planned.map(({ name, about, left }) => `${name}  ${about}: ${left} documents`);
  return {
    data: { planned },
    text: ["Nothing was changed. A run would do this:", ...lines].join("\n"),
    isEmpty: planned.length === 0,
  };
}

async function run() {
  const finished = await runMigrations();
  const waiting = (await listMigrations()).filter(({ state }) => state === "waiting").map(({ name }) => name);
  const lines = finished.map(({ name, changed }) => `${name}  done, ${changed} documents`);
  const others = waiting.length > 0 ? [`Another process works on: ${waiting.join(", ")}`] : [];
  return {
    data: { finished, waiting },
    text: [...lines, ...others].join("\n"),
    isEmpty: lines.length + others.length === 0,
  };
}

try {
  const wanted = understand(process.argv.slice(2));
  if (wanted.help) console.log(HELP);
  else {
    const database = await openDatabase({ uri: config.mongodbUri, dataDir: config.dataDir, log });
    try {
      const { data, text, isEmpty } = await (wanted["dry-run"] ? plan() : run());
      console.log(wanted.json ? JSON.stringify(data) : isEmpty ? "All migrations are done." : text);
    } finally {
      await stopQueue();
      await database.close();
    }
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof Misuse ? 2 : 1;
}
