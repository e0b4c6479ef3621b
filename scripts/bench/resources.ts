import { join } from "node:path";
import { type Figure, median } from "./figures.js";
import { startApp } from "./processes.js";
import type { Scene, Stage } from "./stage.js";

/** Measures the current resident memory of the application. */
export function measureMemory(scenes: Scene[]): Figure {
  const values = scenes.map(({ app }) => app.memory() ?? Number.NaN);
  return {
    name: "Memory after all this",
    target: { atMost: 200 },
    unit: " MB",
    values,
    kept: null,
    detail: "resident, the application's process",
  };
}

const STARTS = 5;

/**
 * Measures the time from the start of the process to the first page with posts. Includes the database engine, as in
 * development.
 */
export async function measureStart({ directory, secrets }: Stage): Promise<Figure> {
  const seconds: number[] = [];
  await startOnce(directory, secrets); // fills the file cache
  for (let n = 0; n < STARTS; n += 1) seconds.push(await startOnce(directory, secrets));
  const detail = `median of ${STARTS}; slowest ${Math.max(...seconds).toFixed(2)} s`;
  return {
    name: "Start to first answer",
    target: { atMost: 1 },
    unit: " s",
    values: [median(seconds)],
    kept: null,
    detail,
  };
}

async function startOnce(directory: string, secrets: Stage["secrets"]): Promise<number> {
  const began = performance.now();
  const unset = {
    MONGODB_URI: "",
    BASE_URL: "",
    ...secrets,
    TRUST_PROXY: "",
    LOG_LEVEL: "",
  };
  const app = await startApp(
    { ...unset, NODE_ENV: "development", DATA_DIR: directory },
    join(directory, "app.log"),
    "/",
  );
  const seconds = (performance.now() - began) / 1000;
  await app.stop();
  return seconds;
}
