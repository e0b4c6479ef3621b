import { type Figure, median, takeTurns } from "./figures.js";
import { load } from "./load.js";
import type { Options } from "./options.js";
import { lastPage, listRequest } from "./pages.js";
import type { Scene } from "./stage.js";

/** Compares the speed of the last page of the list with that of the first page, in alternating rounds. */
export async function measureDepth(scenes: Scene[], options: Options): Promise<Figure> {
  const values: number[] = [];
  for (const scene of scenes) values.push(await measureSpeedAtDepth(scene, options));
  const pages = scenes.map((scene) => lastPage(scene).toLocaleString("en"));
  const detail = `requests a second of either page; the last full page is ${pages.join(" and ")}`;
  return { name: "Post list, last page ÷ page 1", target: { atLeast: 0.9 }, unit: "", values, kept: null, detail };
}

async function measureSpeedAtDepth(scene: Scene, { rounds, seconds, warmUp }: Options): Promise<number> {
  const speeds = new Map<number, number>();
  const pages = [1, lastPage(scene)];
  const ask = async (page: number, duration: number) => {
    const result = await load({ origin: scene.app.origin, requests: [listRequest(page)], seconds: duration });
    speeds.set(page, result.perSecond);
  };
  for (const page of pages) await ask(page, warmUp);
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const page of takeTurns(pages, round)) await ask(page, seconds);
    const [first = 0, deep = 0] = pages.map((page) => speeds.get(page) ?? 0);
    ratios.push(deep / first);
  }
  return median(ratios);
}
