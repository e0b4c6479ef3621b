import { gzipSync } from "node:zlib";
import type { Request } from "autocannon";
import { type Counts, median, toKb } from "./figures.js";
import { startObserved } from "./observed.js";
import type { Page } from "./pages.js";
import type { Scene } from "./stage.js";
import { read } from "./visits.js";

/**
 * Counts what a request for each page costs, one at a time, in a process of its own without background jobs. What other
 * processes do with the database at the same time does not matter.
 * @param amount requests for each page
 * @throws Error if a page writes that should not
 */
export async function countPages(pages: Page[], scene: Scene, amount = 50): Promise<Map<Page, Counts>> {
  const app = await startObserved(scene.environment, scene.logFile);
  await app.ask("begin");
  const counted = new Map<Page, Counts>();
  for (const page of pages) {
    const requests = (await page.requests(scene, 0)).slice(0, amount);
    await send(app.origin, page, requests, amount); // fills caches, and V8 compiles what they use
    await app.ask("costs");
    const sizes = await send(app.origin, page, requests, amount);
    const costs = await app.ask("costs");
    if (page.writesNothing && costs.writes > 0) throw new Error(`${page.name}: ${costs.writes} writes for a request`);
    counted.set(page, { ...costs, page: toKb(median(sizes)) });
  }
  await app.stop();
  return counted;
}

/** Sends this many requests, one after another, and returns the compressed sizes of the answers in bytes. */
async function send(origin: string, { status }: Page, requests: Request[], amount: number): Promise<number[]> {
  const sizes: number[] = [];
  for (let n = 0; n < amount; n += 1)
    sizes.push(gzipSync(await read(origin, requests[n % requests.length] as Request, status)).length);
  return sizes;
}
