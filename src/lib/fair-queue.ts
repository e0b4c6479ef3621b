import { Overloaded } from "./overloaded.js";

/** Who wants something done: a network, and in it a person, if they are known. */
export type Asker = { network: string; person: string | null };
type Settings = { atOnce: number; mostWaiting: number };
type Waiting = { asker: Asker | null; start: () => void; refuse: (error: Overloaded) => void };
type Row = Waiting[];

/** The most of all places in which one person, and one network, can wait. */
const PERSON_SHARE = 1 / 8;
const NETWORK_SHARE = 1 / 4;

/**
 * Does so many things at once; the others wait in a row for each asker, and the rows take turns. An asker has a share of
 * the places, so there is always one for another. Where all are taken, who has nothing waiting gets the last place of
 * the longest row.
 *
 * An example, with 2 at once and 80 places: a member sends 160 wrong passwords. 2 are looked at, 10 wait, the others are refused.
 * Somebody who logs in now, even from the same network, is next but one, not the thirteenth.
 *
 * What the application does by itself has no asker, a row like any other, and no share.
 */
export function fairQueue({ atOnce, mostWaiting }: Settings) {
  const rows = new Map<string, Row>();
  const idle: (() => void)[] = [];
  let inside = 0;

  const waiting = () => [...rows.values()].flat();
  const isSpent = (share: number, isSame: (other: Asker) => boolean) =>
    waiting().filter(({ asker }) => asker && isSame(asker)).length >= Math.max(1, Math.floor(mostWaiting * share));
  const hasSpent = (one: Asker) =>
    isSpent(NETWORK_SHARE, ({ network }) => network === one.network) ||
    (one.person !== null && isSpent(PERSON_SHARE, ({ person }) => person === one.person));

  /** Makes a place for somebody with none, or refuses. */
  function demandPlace(asker: Asker | null): void {
    if (asker && hasSpent(asker)) throw new Overloaded("This one has enough waiting already");
    if (waiting().length < mostWaiting) return;
    const longest = [...rows.values()].reduce((most, row) => (row.length > most.length ? row : most), []);
    if (rows.has(keyOf(asker)) || longest.length < 2) throw new Overloaded("Too many wait already");
    longest.pop()?.refuse(new Overloaded("Others have waited less"));
  }

  async function enter(asker: Asker | null): Promise<void> {
    if (inside < atOnce) {
      inside += 1;
      return;
    }
    demandPlace(asker);
    const key = keyOf(asker);
    const row = rows.get(key) ?? [];
    rows.set(key, row);
    await new Promise<void>((start, refuse) => row.push({ asker, start, refuse }));
  }

  /** Lets the first of the next row in; a row that has more goes to the end. */
  function leave(): void {
    const [next] = rows;
    if (!next) {
      inside -= 1;
      if (inside === 0) for (const done of idle.splice(0)) done();
      return;
    }
    const [key, row] = next;
    rows.delete(key);
    const first = row.shift();
    if (row.length > 0) rows.set(key, row);
    first?.start();
  }

  return {
    /** @throws Overloaded */
    async run<Result>(asker: Asker | null, act: () => Promise<Result>): Promise<Result> {
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

const keyOf = (asker: Asker | null) =>
  asker === null ? "ourselves" : asker.person === null ? `network ${asker.network}` : `person ${asker.person}`;
