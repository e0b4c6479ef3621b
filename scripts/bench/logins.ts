import { setTimeout as sleep } from "node:timers/promises";
import { comparisonsPerSecond } from "./ceiling.js";
import { type Figure, median, takeTurns } from "./figures.js";
import { begin, CONNECTIONS, load } from "./load.js";
import { readAtRate } from "./open-loop.js";
import type { Options } from "./options.js";
import { COST, type Scene } from "./stage.js";
import { loginRequest, openLoginForm, pageRequest } from "./visits.js";

/** Two logins per connection. */
const LOGINS = 2 * CONNECTIONS;
const ROUNDS = 3;
/** Requests for dashboards a second, and for how long, with and without a storm of logins. */
const READS_PER_SECOND = 100;
const READ_SECONDS = 6;
/** A connection that is opened and a cache that is filled do not belong to the first measurement. */
const WARM_UP_SECONDS = 2;
const STORM_BEGINS_MS = 1_000;
const LONGEST_STORM_SECONDS = 600;

let next = 0;

/** Creates login requests of different users from different addresses. */
async function logins({ app, people }: Scene, count: number) {
  const form = await openLoginForm(app.origin);
  return Array.from({ length: count }, () => loginRequest(form, people[next++ % people.length] ?? { email: "" }));
}

/**
 * Measures logins per second, 32 at a time, relative to the limit of bcrypt. Runs in alternating rounds while nothing
 * else runs.
 */
export async function measureLogins(scenes: Scene[], options: Options): Promise<Figure> {
  const rounds: { ceiling: number; sets: number[] }[] = [];
  for (let number = 0; number < Math.min(options.rounds, ROUNDS); number += 1) {
    const speeds = new Map<Scene | "ceiling", number>();
    for (const one of takeTurns<Scene | "ceiling">(["ceiling", ...scenes], number)) {
      speeds.set(one, one === "ceiling" ? await comparisonsPerSecond(LOGINS, COST) : await loginsPerSecond(one));
    }
    rounds.push({ ceiling: speeds.get("ceiling") ?? 0, sets: scenes.map((scene) => speeds.get(scene) ?? 0) });
  }
  const values = scenes.map((_, n) => median(rounds.map(({ ceiling, sets }) => (sets[n] ?? 0) / ceiling)));
  const kept = scenes.length > 1 ? median(rounds.map(({ sets: [small = 0, large = 0] }) => large / small)) : null;
  const [speed, ceiling] = [
    median(rounds.map(({ sets }) => sets[0] ?? 0)),
    median(rounds.map((round) => round.ceiling)),
  ];
  const detail = `${speed.toFixed(2)}/s; bcrypt alone ${ceiling.toFixed(2)}/s at cost ${COST}`;
  return { name: "Logins, share of the bcrypt ceiling", target: { atLeast: 0.95 }, unit: "", values, kept, detail };
}

async function loginsPerSecond(scene: Scene): Promise<number> {
  const requests = await logins(scene, LOGINS);
  return (await load({ origin: scene.app.origin, requests, status: 303, amount: LOGINS })).perSecond;
}

/** Measures how much a storm of logins slows down the dashboard, by the slowest hundredth of its responses. */
export async function measureStorm(scenes: Scene[], options: Options): Promise<Figure> {
  const rounds: { calm: number; storm: number }[][] = scenes.map(() => []);
  for (let number = 0; number < options.rounds; number += 1) {
    for (const [n, scene] of scenes.entries())
      rounds[n]?.push(await calmAndStorm(scene, Math.min(READ_SECONDS, 3 * options.seconds)));
  }
  const values = rounds.map((set) => median(set.map(({ calm, storm }) => storm / calm)));
  const [calm, storm] = (["calm", "storm"] as const).map((weather) =>
    median(rounds[0]?.map((round) => round[weather]) ?? []).toFixed(1),
  );
  const detail = `p99 ${storm} ms, in the calm ${calm} ms; ${READS_PER_SECOND} dashboards a second, ${CONNECTIONS} logins at a time`;
  return {
    name: "Dashboard p99 in a storm of logins ÷ calm",
    target: { atMost: 1.25 },
    unit: "",
    values,
    kept: null,
    detail,
  };
}

async function calmAndStorm(scene: Scene, seconds: number) {
  const { origin } = scene.app;
  const requests = scene.people.slice(0, scene.writers).map((person) => pageRequest("/dashboard", person));
  const read = (duration: number) => readAtRate({ origin, requests, perSecond: READS_PER_SECOND, seconds: duration });
  await read(WARM_UP_SECONDS);
  const calm = await read(seconds);
  const storm = begin({ origin, requests: await logins(scene, LOGINS), status: 303, seconds: LONGEST_STORM_SECONDS });
  await sleep(STORM_BEGINS_MS);
  const inStorm = await read(seconds);
  storm.stop();
  await storm.ended;
  await load({ origin, requests: await logins(scene, 1), status: 303, connections: 1, amount: 1 }); // waits until the queue is empty
  return { calm, storm: inStorm };
}
