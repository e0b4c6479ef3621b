import { MongoClient } from "mongodb";
import { type Figure, median, takeTurns } from "./figures.js";
import { type Load, load } from "./load.js";
import type { Options } from "./options.js";
import { type Page, pages } from "./pages.js";
import { type Running, startBare } from "./processes.js";
import type { Scene } from "./stage.js";
import { pageRequest, read } from "./visits.js";

const WARM_UP_SECONDS = 5; // long enough for the compiler to optimize
const SIZES = 20;

/** One round: first the bare page, then the page of each data set. */
type Round = { bare: Load; sets: Load[] };

/** Measures every page relative to a bare page of the same size. */
export async function measurePages(scenes: Scene[], options: Options, say: (line: string) => void): Promise<Figure[]> {
  const wanted = pages.filter(({ key }) => options.wants(key));
  const bare = await startBare(await measureSizes(wanted, scenes));
  const figures: Figure[] = [];
  for (const { key } of wanted) {
    await load({ origin: bare.origin, requests: [pageRequest(`/${key}`)], seconds: WARM_UP_SECONDS });
  }
  for (const page of wanted) {
    say(page.name);
    figures.push(await measurePage(page, { scenes, bare, options }));
  }
  await bare.stop();
  return figures;
}

type Ground = { scenes: Scene[]; bare: Running; options: Options };

async function measurePage(page: Page, ground: Ground): Promise<Figure> {
  await oneRound(page, ground, { number: 0, seconds: WARM_UP_SECONDS });
  const rounds: Round[] = [];
  const written: number[] = [];
  for (let number = 0; number < ground.options.rounds; number += 1) {
    const before = page.writesNothing ? await countWrites(ground.scenes) : 0;
    rounds.push(await oneRound(page, ground, { number, seconds: ground.options.seconds }));
    written.push(page.writesNothing ? (await countWrites(ground.scenes)) - before : 0);
  }
  const writes = Math.min(...written); // recurring jobs write during one round, a page that writes during each
  if (writes > 0) throw new Error(`${page.name}: ${writes} writes to the database`);
  return measureFigure(page, ground.scenes, rounds);
}

async function oneRound(
  page: Page,
  { scenes, bare }: Ground,
  { number, seconds }: { number: number; seconds: number },
): Promise<Round> {
  const loads = new Map<Scene | Running, Load>();
  for (const one of takeTurns([bare, ...scenes], number)) {
    const isBare = one === bare;
    const origin = "app" in one ? one.app.origin : one.origin;
    const requests = "app" in one ? page.requests(one, number) : [pageRequest(`/${page.key}`)];
    loads.set(one, await load({ origin, requests, seconds: isBare ? seconds / 2 : seconds }));
  }
  return { bare: loads.get(bare) as Load, sets: scenes.map((scene) => loads.get(scene) as Load) };
}

function measureFigure({ name, target, writesNothing }: Page, scenes: Scene[], rounds: Round[]): Figure {
  const of = (value: (round: Round) => number) => median(rounds.map(value));
  const set = (round: Round, n: number) => round.sets[n] as Load;
  const values = scenes.map((_, n) => of((round) => set(round, n).perSecond / round.bare.perSecond));
  const kept = scenes.length > 1 ? of((round) => set(round, 1).perSecond / set(round, 0).perSecond) : null;
  const detail = behind(rounds) + (writesNothing ? "; no database write" : "");
  return { name, target, unit: "", values, kept, detail };
}

/** Describes the values behind the ratios, for the small data set. */
function behind(rounds: Round[]): string {
  const [perSecond = 0, p50 = 0, p99 = 0] = (["perSecond", "p50", "p99"] as const).map((value) =>
    median(rounds.map(({ sets: [small] }) => small?.[value] ?? Number.NaN)),
  );
  const bare = median(rounds.map((round) => round.bare.perSecond));
  return `${perSecond.toFixed(0)}/s, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms; bare ${bare.toFixed(0)}/s`;
}

/** Measures the average size of each page in bytes. */
async function measureSizes(wanted: Page[], [scene]: Scene[]): Promise<Record<string, number>> {
  const sizes: Record<string, number> = {};
  if (!scene) return sizes;
  for (const page of wanted) {
    const texts = await Promise.all(
      page
        .requests(scene, 0)
        .slice(0, SIZES)
        .map((request) => read(scene.app.origin, request)),
    );
    sizes[page.key] = Math.round(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / texts.length);
  }
  return sizes;
}

/** Counts all writes of the database since it started. */
async function countWrites([scene]: Scene[]): Promise<number> {
  const client = await MongoClient.connect(scene?.uri ?? "");
  const { opcounters } = await client.db("admin").command({ serverStatus: 1 });
  await client.close();
  // Deletes do not count, because expired documents are deleted once a minute anyway.
  return ["insert", "update"].reduce((sum, kind) => sum + Number(opcounters[kind]), 0);
}
