import { Overloaded } from "./overloaded.js";

/** Who wants something done: a network, and in it a person, if they are known. */
export type Requester = { network: string; person: string | null };
type Settings = { atOnce: number; mostWaiting: number };
type Waiting = { asker: Requester | null; start: () => void; refuse: (error: Overloaded) => void };
type Row = Waiting[];
/** The rows of a network: one for each person, one for all who are not known. */
type Rows = Map<string, Row>;

/**
 * Does a limited number of things at once; the others wait. Networks take turns, and so do the people in each network.
 * Nobody has a fixed share: one network, or one person, can have all places while no other wants one. When all are taken, a network
 * with fewer gets the last place of the network with the most. So does a person within a network.
 *
 * An example, with 2 at once and 80 places: a member sends 160 wrong passwords. 2 are looked at, 80 wait, the others are refused.
 * Another user who logs in now, even from the same network, gets the last of these places and is next but one.
 *
 * What the application does by itself has no asker: it counts as a network of its own.
 */
export function createFairQueue({ atOnce, mostWaiting }: Settings) {
  const networks = new Map<string, Rows>();
  const idle: (() => void)[] = [];
  let inside = 0;

  const waiting = () => [...networks.values()].flatMap(listWaiting);

  /** Finds a free place, or takes one from those who have more; or refuses. */
  function demandPlace(asker: Requester | null): void {
    if (waiting().length < mostWaiting) return;
    const own: Rows = networks.get(getNetworkKey(asker)) ?? new Map();
    const largest = longest([...networks.values()], (rows) => listWaiting(rows).length) ?? own;
    const fromOthers = hasMore(listWaiting(largest), listWaiting(own));
    const from = fromOthers ? largest : own;
    const [key, row] = longest([...from], ([, { length }]) => length) ?? ["", []];
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

  /** Lets the first of the next row of the next network in; both go to the end if more wait there. */
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
    /** Waits until nothing is done and nothing waits. */
    idle: (): Promise<void> => (inside === 0 ? Promise.resolve() : new Promise((done) => idle.push(done))),
  };
}

const getNetworkKey = (asker: Requester | null) => (asker ? `network ${asker.network}` : "ourselves");
const getRowKey = (asker: Requester | null) => (asker?.person ? `person ${asker.person}` : "unknown");
const listWaiting = (rows: Rows) => [...rows.values()].flat();
/** Whether these would still have as many as the others after giving them one place. */
const hasMore = (these: Waiting[], others: Waiting[]) => these.length > others.length + 1;
const isEmpty = (some: Row | Rows) => (some instanceof Map ? some.size : some.length) === 0;

/** The last of the longest: among equals, the one whose turn comes last. */
const longest = <Some>(all: Some[], getLength: (one: Some) => number): Some | undefined =>
  all.reduce<Some | undefined>((most, one) => (!most || getLength(one) >= getLength(most) ? one : most), undefined);

/** Takes from the first of a map, which then goes to the end, or away when it is empty. */
function takeTurn<Some, Taken>(all: Map<string, Some>, take: (one: Some) => Taken, isDone: (one: Some) => boolean) {
  const [next] = all;
  if (!next) return undefined;
  const [key, one] = next;
  all.delete(key);
  const taken = take(one);
  if (!isDone(one)) all.set(key, one);
  return taken;
}
