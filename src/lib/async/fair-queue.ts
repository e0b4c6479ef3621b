import { Overloaded } from "./overloaded.js";

/** The source of a task: a network, and the user, if known. */
export type Requester = { network: string; person: string | null };
type Settings = { atOnce: number; mostWaiting: number };
type Waiting = { asker: Requester | null; start: () => void; refuse: (error: Overloaded) => void };
type Row = Waiting[];
/** The queues of one network: one for each user, and one for all anonymous requests. */
type Rows = Map<string, Row>;

/**
 * Runs a limited number of tasks at once and queues the others. Networks take turns, and so do the users in each
 * network. There are no fixed shares: one network, or one user, can have all slots while no other needs one. If all
 * slots of the queue are taken, a network with fewer tasks gets the last slot of the network with the most. The same
 * rule applies to the users of one network.
 *
 * Example, with 2 tasks at once and 80 slots in the queue: a member sends 160 wrong passwords. 2 are checked, 80 wait,
 * and the others are refused. If another user logs in now, even from the same network, this login takes the last of the
 * 80 slots, and is the second of the waiting tasks to run.
 *
 * Tasks of the application itself have no requester and count as one more network.
 */
export function createFairQueue({ atOnce, mostWaiting }: Settings) {
  const networks = new Map<string, Rows>();
  const idle: (() => void)[] = [];
  let [inside, refused] = [0, 0];

  /** Makes sure that there is a free slot, if necessary by refusing a task of those with more. @throws Overloaded */
  function demandPlace(asker: Requester | null): void {
    if (countWaiting(networks) < mostWaiting) return;
    const own: Rows = networks.get(getNetworkKey(asker)) ?? new Map();
    const largest = longest([...networks.values()], (rows) => listWaiting(rows).length) ?? own;
    const fromOthers = hasMore(listWaiting(largest), listWaiting(own));
    const from = fromOthers ? largest : own;
    const [key, row] = longest([...from], ([, { length }]) => length) ?? ["", []];
    refused += 1;
    if (!fromOthers && !hasMore(row, own.get(getRowKey(asker)) ?? [])) throw new Overloaded("Too many wait already");
    row.pop()?.refuse(new Overloaded("Others have waited less"));
    if (isEmpty(row)) from.delete(key);
  }

  async function enter(asker: Requester | null): Promise<void> {
    if (inside < atOnce) {
      inside += 1;
      return;
    }
    demandPlace(asker);
    const rows: Rows = networks.get(getNetworkKey(asker)) ?? new Map();
    const row = rows.get(getRowKey(asker)) ?? [];
    networks.set(getNetworkKey(asker), rows.set(getRowKey(asker), row));
    await new Promise<void>((start, refuse) => row.push({ asker, start, refuse }));
  }

  /**
   * Starts the next task: networks take turns, then the users in a network. Both move to the end if they have more
   * tasks.
   */
  function leave(): void {
    const first = takeTurn(networks, (rows) => takeTurn(rows, (row) => row.shift(), isEmpty), isEmpty);
    if (first) first.start();
    else inside -= 1;
    if (inside === 0) for (const done of idle.splice(0)) done();
  }

  return {
    /** @throws Overloaded */
    async run<Result>(asker: Requester | null, act: () => Promise<Result>): Promise<Result> {
      await enter(asker);
      try {
        return await act();
      } finally {
        leave();
      }
    },
    /** Returns how many tasks run and wait now, and how many were refused since the start. */
    count: () => ({ running: inside, waiting: countWaiting(networks), refused }),
    /** Resolves when no task runs or waits. */
    idle: (): Promise<void> => (inside === 0 ? Promise.resolve() : new Promise((done) => idle.push(done))),
  };
}

const getNetworkKey = (asker: Requester | null) => (asker ? `network ${asker.network}` : "ourselves");
const getRowKey = (asker: Requester | null) => (asker?.person ? `person ${asker.person}` : "unknown");
const listWaiting = (rows: Rows) => [...rows.values()].flat();
const countWaiting = (networks: Map<string, Rows>) => [...networks.values()].flatMap(listWaiting).length;
/** Returns true if `these` would still have at least as many as `others` after giving up one slot to them. */
const hasMore = (these: Waiting[], others: Waiting[]) => these.length > others.length + 1;
const isEmpty = (some: Row | Rows) => (some instanceof Map ? some.size : some.length) === 0;

/** Returns the longest. Among equals, it is the last one, because its turn comes last. */
const longest = <Some>(all: Some[], getLength: (one: Some) => number): Some | undefined =>
  all.reduce<Some | undefined>((most, one) => (!most || getLength(one) >= getLength(most) ? one : most), undefined);

/** Takes an item from the first entry of a map. The entry then moves to the end, or is removed if it is empty. */
function takeTurn<Some, Taken>(all: Map<string, Some>, take: (one: Some) => Taken, isDone: (one: Some) => boolean) {
  const [next] = all;
  if (!next) return undefined;
  const [key, one] = next;
  all.delete(key);
  const taken = take(one);
  if (!isDone(one)) all.set(key, one);
  return taken;
}
