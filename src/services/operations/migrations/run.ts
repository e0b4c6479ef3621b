import { repeatUntilDone, type Stop } from "../../../lib/async/until-done.js";
import { log } from "../../../log.js";
import { MigrationRun } from "../../../models/migration.js";
import { type Migration, migrations } from "./list.js";

const HOURS = 3_600_000;
/** A process that stopped in the middle keeps its lease this long. */
const LEASE_MS = 60_000;
/** Then a migration runs once more, for what processes of the release before have written in the meantime. */
const SETTLED_AFTER_MS = 24 * HOURS;

/** "waiting" has not begun, or was interrupted; "done" runs once more a day later; "settled" never runs again. */
type MigrationState = "waiting" | "done" | "settled";
export type MigrationStatus = { name: string; about: string; state: MigrationState; changed: number };

/** Lists all migrations with their states. */
export async function listMigrations(): Promise<MigrationStatus[]> {
  const records = await MigrationRun.list();
  return migrations.map(({ name, about }) => {
    const record = records.find(({ _id }) => _id === name);
    const state = record?.isSettled ? "settled" : record?.finishedAt ? "done" : "waiting";
    return { name, about, state, changed: record?.changed ?? 0 };
  });
}

/** Returns what a run would change now: each due migration, and the number of documents. Changes nothing. */
export async function planMigrations(now = new Date()): Promise<{ name: string; about: string; left: number }[]> {
  const due = await listDue(now);
  return Promise.all(due.map(async ({ name, about, countLeft }) => ({ name, about, left: await countLeft() })));
}

/**
 * Runs all due migrations in order, in one process of all that share the database. After a crash, another run continues.
 * @returns the migrations that it finished, with the number of documents it handled
 */
export async function runMigrations(now = new Date(), stop?: Stop): Promise<{ name: string; changed: number }[]> {
  const finished: { name: string; changed: number }[] = [];
  for (const migration of await listDue(now)) {
    const changed = await runOne(migration, now, stop);
    if (changed === null) break; // the next one may need this one
    finished.push({ name: migration.name, changed });
  }
  return finished;
}

async function listDue(now: Date): Promise<Migration[]> {
  const records = await MigrationRun.list();
  return migrations.filter(({ name }) => {
    const record = records.find(({ _id }) => _id === name);
    if (!record?.finishedAt) return true;
    return !record.isSettled && record.finishedAt.getTime() <= now.getTime() - SETTLED_AFTER_MS;
  });
}

/** Runs a migration. Returns null if another process runs it, or if this process stops before the end. */
async function runOne({ name, changeSome }: Migration, now: Date, stop?: Stop): Promise<number | null> {
  const lease = () => new Date(Date.now() + LEASE_MS);
  const before = (await MigrationRun.list()).find(({ _id }) => _id === name);
  if (!(await MigrationRun.lease(name, new Date(), lease()))) return null;
  const some = async () => {
    const handled = await changeSome();
    if (handled > 0) await MigrationRun.progress(name, handled, lease());
    return handled;
  };
  const changed = await repeatUntilDone(some, stop).catch(async (error: unknown) => {
    await MigrationRun.release(name);
    throw error;
  });
  if (stop?.aborted) {
    await MigrationRun.release(name);
    return null;
  }
  await MigrationRun.release(name, before?.finishedAt ? { isSettled: true } : { finishedAt: now });
  log.info({ event: "migration.done", migration: name, changed }, "migration.done");
  return changed;
}
