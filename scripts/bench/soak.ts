import type { Request } from "autocannon";
import { CONNECTIONS, load } from "./load.js";
import { startObserved } from "./observed.js";
import { type Page, pages } from "./pages.js";
import { formatTable } from "./report.js";
import type { Scene } from "./stage.js";
import { nextAddress } from "./visits.js";

const INTERVALS = 20;
const WARM_UP = 20_000;
const MB = 1_000_000;
/** New posts are limited for each user: 60 in ten minutes. They are one request of this number. */
const WRITE_EVERY = 40;

/** Addresses that do not exist, each requested by another visitor. */
const unknown: Pick<Page, "requests" | "status"> = {
  status: 404,
  requests: (_scene, round) =>
    Array.from(
      { length: 2_048 },
      (_, n): Request => ({
        method: "GET",
        path: `/nothing/${round}-${n}?page=${n}`,
        headers: { "x-forwarded-for": nextAddress() },
      }),
    ),
};

/**
 * Sends this many requests of all kinds, and prints at equal intervals what memory the application keeps after a
 * garbage collection. If it grows in the second half, something leaks.
 */
export async function soak(scene: Scene, amount: number): Promise<void> {
  await scene.app.stop();
  const app = await startObserved(scene.environment, scene.logFile);
  const observed = { ...scene, app };
  await sendMix(observed, Math.min(WARM_UP, amount), 0);
  const rows = [await measure(0)];
  for (let n = 1; n <= INTERVALS; n += 1) {
    await sendMix(observed, amount / INTERVALS, n);
    rows.push(await measure((n * amount) / INTERVALS));
    console.error(rows.at(-1)?.join("  "));
  }
  await app.stop();
  console.log(`\n${formatTable(["requests", "heap MB", "buffers MB", "resident MB"], rows)}`);

  async function measure(sent: number): Promise<string[]> {
    const { heapUsed, external, rss } = await app.ask("memory");
    return [sent.toLocaleString("en"), ...[heapUsed, external, rss].map((bytes) => (bytes / MB).toFixed(1))];
  }
}

async function sendMix(scene: Scene, amount: number, round: number): Promise<void> {
  const kinds = [...pages, unknown];
  for (const kind of kinds) {
    const share = kind.status === 201 ? amount / WRITE_EVERY : amount / kinds.length;
    const requests = await kind.requests(scene, round);
    const settings = { origin: scene.app.origin, requests, status: kind.status ?? 200 };
    await load({ ...settings, amount: Math.max(CONNECTIONS, Math.round(share)) });
  }
}
