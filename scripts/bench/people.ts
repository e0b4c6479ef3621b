import assert from "node:assert/strict";
import { USERS_ON_A_PAGE } from "../../src/definitions/user-filters.js";
import { getAdmin } from "./data.js";
import { type Figure, median, takeTurns } from "./figures.js";
import { load } from "./load.js";
import type { Options } from "./options.js";
import type { Scene } from "./stage.js";
import { pageRequest, read } from "./visits.js";

/** With a hundred times the users, a page may take one and a half times as long. */
const MOST = 1.5;
const CONNECTIONS = 8;

/** Pages of the user list, with the number of users on each. */
const lists = [
  { name: "first page", path: () => "/admin/users", rows: USERS_ON_A_PAGE },
  { name: "deepest page", path: () => "/admin/users?page=end", rows: USERS_ON_A_PAGE },
  { name: "search, a beginning", path: () => "/admin/users?q=person-9", rows: USERS_ON_A_PAGE },
  { name: "search, two words", path: () => "/admin/users?q=person-9+example", rows: USERS_ON_A_PAGE },
  { name: "search, one address", path: ({ people }: Scene) => `/admin/users?q=${people[7]?.email}`, rows: 1 },
];

/**
 * Compares the time of the user list on the large data set with that on the small one, for an admin, in alternating
 * rounds.
 */
export async function measurePeople(scenes: Scene[], options: Options): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { name, path, rows } of lists) {
    for (const scene of scenes) await check(scene, path(scene), rows);
    const speeds = await measureSpeeds(scenes, path, options);
    const [small = []] = speeds;
    const values = speeds.map((own) => median(own.map((speed, round) => (small[round] ?? Number.NaN) / speed)));
    const detail = `requests a second: ${speeds.map((own) => median(own).toFixed(0)).join(" and ")}`;
    figures.push({
      name: `People, ${name}: × small set`,
      target: { atMost: MOST },
      unit: "",
      values,
      kept: null,
      detail,
    });
  }
  return figures;
}

async function measureSpeeds(scenes: Scene[], path: (scene: Scene) => string, { rounds, seconds, warmUp }: Options) {
  const speeds = scenes.map((): number[] => []);
  const ask = async (scene: Scene, duration: number) => {
    const requests = [pageRequest(path(scene), getAdmin(scene))];
    return (await load({ origin: scene.app.origin, requests, seconds: duration, connections: CONNECTIONS })).perSecond;
  };
  for (const scene of scenes) await ask(scene, warmUp);
  for (let round = 0; round < rounds; round += 1) {
    for (const scene of takeTurns(scenes, round)) speeds[scenes.indexOf(scene)]?.push(await ask(scene, seconds));
  }
  return speeds;
}

async function check(scene: Scene, path: string, rows: number): Promise<void> {
  const text = await read(scene.app.origin, pageRequest(path, getAdmin(scene)));
  assert.equal([...text.matchAll(/name="ids"/g)].length, rows, `people at ${path}`);
}
