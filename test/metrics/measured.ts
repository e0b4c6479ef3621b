import { temporaryDirectory, temporaryEngine } from "../support/database/engine.js";
import { freePort, startServer } from "../support/processes/server.js";

/** A value of a metric, with its name and labels as they are in the text: `postern_logins_total{outcome="success"}`. */
export type Samples = Map<string, number>;

/** Reads the samples of Prometheus' text format. */
export const parseMetrics = (text: string): Samples =>
  new Map(
    text
      .split("\n")
      .filter((line) => line && !line.startsWith("#"))
      .map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );

/** Returns the sum of all samples of a metric whose labels include these. */
export function sumMetric(samples: Samples, name: string, labels: Record<string, string> = {}): number | undefined {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const values = [...samples]
    .filter(([series]) => series.split("{")[0] === name && wanted.every((one) => series.includes(one)))
    .map(([, value]) => value);
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value);
}

/** Starts the real server with metrics. Its engine can be frozen. */
export async function startMeasured(settings: Record<string, string> = {}) {
  const engine = await temporaryEngine();
  const [port, metricsPort] = [await freePort(), await freePort()];
  const dataDir = temporaryDirectory();
  const server = startServer({
    NODE_ENV: "test",
    BCRYPT_COST: "4",
    RATE_LIMITS: "off",
    MONGODB_URI: engine.uri,
    DATA_DIR: dataDir,
    PORT: String(port),
    METRICS_PORT: String(metricsPort),
    ...settings,
  });
  const [origin, metricsOrigin] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${metricsPort}`];
  const read = async () => (await fetch(`${metricsOrigin}/metrics`)).text();
  return { ...server, engine, dataDir, origin, metricsPort, metricsOrigin, read };
}
