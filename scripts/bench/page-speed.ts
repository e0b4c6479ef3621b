import { type Figure, median, takeTurns } from "./figures.js";
import { type Load, load } from "./load.js";
import type { Options } from "./options.js";
import type { Page } from "./pages.js";
import { type Running, startBare } from "./processes.js";
import type { Scene } from "./stage.js";
import { pageRequest, read } from "./visits.js";

const SIZES = 20;

/** One round: first the bare page, then the page of each data set. */
type Round = { bare: Load; sets: Load[] };

/** Measures every page relative to a bare page of the same size. */
export async function measurePages(
  wanted: Page[],
  scenes: Scene[],
  options: Options,
  say: (line: string) => void,
): Promise<Figure[]> {
  const bare = await startBare(await measureSizes(wanted, scenes));
  const figures: Figure[] = [];
  for (const { key } of wanted) {
    await load({ origin: bare.origin, requests: [pageRequest(`/${key}`)], seconds: options.warmUp });
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
  await oneRound(page, ground, { number: 0, seconds: ground.options.warmUp });
  const rounds: Round[] = [];
  for (let number = 0; number < ground.options.rounds; number += 1) {
    rounds.push(await oneRound(page, ground, { number, seconds: ground.options.seconds }));
  }
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
    const requests = "app" in one ? await page.requests(one, number) : [pageRequest(`/${page.key}`)];
    const status = isBare ? 200 : (page.status ?? 200);
    loads.set(one, await load({ origin, requests, status, seconds: isBare ? seconds / 2 : seconds }));
  }
  return { bare: loads.get(bare) as Load, sets: scenes.map((scene) => loads.get(scene) as Load) };
}

function measureFigure({ name, target }: Page, scenes: Scene[], rounds: Round[]): Figure {
  const of = (value: (round: Round) => number) => median(rounds.map(value));
  const set = (round: Round, n: number) => round.sets[n] as Load;
  const values = scenes.map((_, n) => of((round) => set(round, n).perSecond / round.bare.perSecond));
  const kept = scenes.length > 1 ? of((round) => set(round, 1).perSecond / set(round, 0).perSecond) : null;
  return { name, target, unit: "", values, kept, detail: behind(rounds) };
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
    const requests = (await page.requests(scene, 0)).slice(0, SIZES);
    const texts = await Promise.all(requests.map((request) => read(scene.app.origin, request, page.status)));
    sizes[page.key] = Math.round(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / texts.length);
  }
  return sizes;
}
