import type { ActorRecord } from "../actor.js";
import { actOnEach, iterateNew, type Stop } from "../lib/async/until-done.js";
import { log } from "../log.js";
import { runOnce } from "../models/outbox/once.js";
import { createEntry, isWaiting, listEarlier, listWaiting, type OutboxEntry, removeEntry } from "../models/outbox.js";

/** Younger entries are skipped: the requests that created them are probably still handling them. */
const LEFT_ALONE_MS = 10_000;
const RETRIES_AFTER_MS = [500, 2_000, 8_000];

type Waiting = Awaited<ReturnType<typeof listWaiting>>[number];
type Id = Waiting["_id"];
/** Sessions have string ids. Their follow-ups do not need the id, because `data` holds everything. */
type CarrierId = Id | string;
type Carrier = Parameters<typeof removeEntry>[0];
type LastWrite = Parameters<typeof removeEntry>[3];
type Act<Data> = (about: { id: Id; actor: ActorRecord; data: Data; at: Date }) => Promise<LastWrite> | Promise<void>;

const known = new Map<string, { carrier: Carrier; act: Act<never>; isLast: boolean }>();

/**
 * Declares the remaining steps after the main write of a use case (models/outbox.ts). `act` may run more than once,
 * even concurrently. Audit events, emails and links are written only once (models/outbox/once.ts); all other steps must
 * be idempotent. `act` must use `data`, not the later state of the document. It may return its last write instead of making
 * it: that is then one command with the removal of the entry.
 * @param carrier the model whose documents store the entry
 * @param isLast true if `act` deletes the document. Its earlier follow-ups run before, or they would be lost with it: a post
 * that was never counted as written must not be counted as deleted
 * @throws Error if the name is already in use
 */
export function followUp<Data extends object>(
  carrier: unknown,
  name: string,
  act: Act<Data>,
  { isLast = false }: { isLast?: boolean } = {},
) {
  if (known.has(name)) throw new Error(`There are two follow-ups called ${name}`);
  known.set(name, { carrier: carrier as Carrier, act: act as Act<never>, isLast });
  return {
    /** Creates the entry for the main write to store. */
    entry: (actor: ActorRecord, data: Data, id?: Id): OutboxEntry<Data> => createEntry(name, actor, data, id),
    /** Runs the follow-up. If it fails, the use case still succeeds, and this process or a job tries again. */
    finish: (id: CarrierId, entry: OutboxEntry<Data>): Promise<void> => finish(id, entry),
    /**
     * Stores and runs a follow-up without any other change to the document. Two requests with the same id run it once.
     * @param about.run id derived from a form's request (models/outbox/once.ts)
     */
    async leave(
      { id, actor, data, run }: { id: Id; actor: ActorRecord; data: Data; run?: Id },
      write: (entry: OutboxEntry<Data>) => Promise<unknown>,
    ): Promise<void> {
      const entry = createEntry(name, actor, data, run);
      await write(entry);
      await finish(id, entry);
    },
    /** Makes the main write with an entry, and runs the follow-up if the write returned true or "done". */
    async make<Result>(
      { id, actor, data }: { id: CarrierId; actor: ActorRecord; data: Data },
      write: (entry: OutboxEntry<Data>) => Promise<Result>,
    ): Promise<Result> {
      const entry = createEntry(name, actor, data);
      const outcome = await write(entry);
      if (outcome === true || outcome === "done") await finish(id, entry);
      return outcome;
    },
  };
}

async function finish(id: CarrierId, entry: OutboxEntry, retries = RETRIES_AFTER_MS): Promise<void> {
  try {
    await run(id, entry);
  } catch (err) {
    log.warn({ event: "follow-up.delayed", name: entry.name, err }, "follow-up.delayed");
    const [pause, ...later] = retries;
    if (pause !== undefined) setTimeout(() => void finishIfLeft(id, entry, later), pause).unref();
  }
}

/** Tries again if the entry still exists. A job may have finished it, or the document may have been deleted. */
async function finishIfLeft(id: CarrierId, entry: OutboxEntry, retries: number[]): Promise<void> {
  const carrier = known.get(entry.name)?.carrier;
  const isLeft = !carrier || (await isWaiting(carrier, id, entry).catch(() => true)); // tries again if unknown
  if (isLeft) await finish(id, entry, retries);
}

async function run(id: CarrierId, entry: OutboxEntry): Promise<void> {
  const { name, actor, data, at } = entry;
  const { carrier, act, isLast } = known.get(name) ?? {};
  if (!carrier || !act) throw new Error(`No follow-up is called ${name}`); // a newer version will handle it
  if (isLast) for (const earlier of await listEarlier(carrier, id, entry)) await run(id, earlier);
  const last = await runOnce(entry._id, async () => act({ id: id as Id, actor, data: data as never, at }));
  await removeEntry(carrier, id, entry, last as LastWrite);
}

/** Runs the follow-ups of processes that stopped or lost the database in the middle of a use case. */
export async function finishWaiting(now = new Date(), stop?: Stop): Promise<void> {
  const before = new Date(now.getTime() - LEFT_ALONE_MS);
  const carriers = new Set([...known.values()].map((one) => one.carrier));
  const finishAll = async ({ _id, outbox }: Waiting) => {
    await actOnEach(outbox, (entry) => run(_id, entry), { what: "follow-ups" });
  };
  const waiting = (carrier: Carrier) => iterateNew<Waiting>((failed) => listWaiting(carrier, before, failed));
  const finishCarrier = (carrier: Carrier) => actOnEach(waiting(carrier), finishAll, { stop, what: "follow-ups" });
  await actOnEach(carriers, finishCarrier, { stop, what: "follow-ups" });
}
