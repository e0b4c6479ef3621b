import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { listChildren } from "../support/processes/children.js";
import { startServer } from "../support/processes/server.js";
import { until } from "../support/until.js";
import { parseMetrics, startMeasured, sumMetric } from "./measured.js";

const PATIENCE_MS = 60_000;
const web = () => listChildren(app.pid, "processes/web.js");
let app: Awaited<ReturnType<typeof startMeasured>>;
before(async () => {
  app = await startMeasured({ WORKERS: "2", LOG_LEVEL: "info" });
  assert.ok(await app.ready, app.output());
  const countProcesses = async () => parseMetrics(await app.read()).get("postern_database_connections_limit");
  await until("all processes are measured", async () => (await countProcesses()) === 60);
});
after(async () => {
  app.stop();
  assert.equal(await app.ended, 0, app.output());
});

test("METRICS_PORT serves nothing but metrics, and the app's port does not serve them", async () => {
  assert.equal((await fetch(`${app.metricsOrigin}/metrics`)).status, 200);
  for (const path of ["/", "/healthz", "/login", "/metrics/x"])
    assert.equal((await fetch(app.metricsOrigin + path)).status, 404, path);
  assert.equal((await fetch(`${app.metricsOrigin}/metrics`, { method: "POST" })).status, 404);
  assert.equal((await fetch(`${app.origin}/metrics`)).status, 404);
});

test("commands and connections of the database are measured", async () => {
  await fetch(`${app.origin}/readyz`);
  const samples = parseMetrics(await app.read());
  const finds = sumMetric(samples, "postern_database_command_duration_seconds_count", { command: "find" }) ?? 0;
  assert.ok(finds > 0, `${finds} finds`);
  const connections = ["in-use", "idle"].map((state) => samples.get(`postern_database_connections{state="${state}"}`));
  assert.ok(
    connections.every((count) => count !== undefined && count >= 0),
    String(connections),
  );
  assert.ok(sumMetric(samples, "postern_database_connections") !== 0, String(connections));
  assert.equal(samples.get("postern_database_connections_limit"), 60, "20 for each process");
  assert.equal(samples.get("postern_database_connections_waiting"), 0);
  assert.equal(samples.get("postern_database_up"), 1);
  assert.ok((samples.get("nodejs_eventloop_lag_p99_seconds") ?? 0) > 0);
  assert.ok((samples.get("process_resident_memory_bytes") ?? 0) > 0);
});

const visits = () => [...Array(8)].map(() => fetch(`${app.origin}/login`, { headers: { connection: "close" } }));
const countVisits = async () => sumMetric(parseMetrics(await app.read()), "postern_http_requests_total", login) ?? 0;
const login = { route: "/login", method: "GET" };

test("one scrape has the requests of all web processes, also of those that were replaced or killed since", async () => {
  const counted = [await countVisits()];
  await Promise.all(visits());
  counted.push(await countVisits());
  assert.equal(counted.at(-1), Number(counted[0]) + 8);

  const earlier = web();
  process.kill(app.pid, "SIGHUP");
  await Promise.all(visits());
  await until(
    "all processes are replaced",
    async () => {
      counted.push(await countVisits());
      return app.output().includes('"restart.done"');
    },
    PATIENCE_MS,
  );
  counted.push(await countVisits());
  assert.equal(counted.at(-1), Number(counted[0]) + 16);
  assert.ok(!web().some((pid) => earlier.includes(pid)));

  await Promise.all(visits());
  counted.push(await countVisits());
  const [victim = 0] = web();
  process.kill(victim, "SIGKILL");
  const isReplaced = () => web().length === 2 && !web().includes(victim);
  await until(
    "another has its place",
    async () => {
      counted.push(await countVisits().catch(() => Number.POSITIVE_INFINITY)); // the scrape's own process was killed
      return isReplaced();
    },
    PATIENCE_MS,
  );
  counted.push(await countVisits());
  assert.equal(counted.at(-1), Number(counted[0]) + 24);
  const known = counted.filter(Number.isFinite);
  assert.deepEqual(
    known,
    known.toSorted((a, b) => a - b),
  );
});

test("while the database does not answer, metrics say so, and leave out what they cannot know", async () => {
  process.kill(app.engine.pid as number, "SIGSTOP");
  try {
    await until("the cached values of all processes are old", async () => {
      const samples = parseMetrics(await app.read());
      return samples.get("postern_database_up") === 0 && sumMetric(samples, "postern_jobs") === undefined;
    });
    const samples = parseMetrics(await app.read());
    for (const name of ["postern_jobs", "postern_emails_waiting", "postern_sessions"])
      assert.equal(sumMetric(samples, name), undefined, name);
    assert.ok(samples.has("postern_registrations_total"));
  } finally {
    process.kill(app.engine.pid as number, "SIGCONT");
  }
  await until("the database is back", async () => parseMetrics(await app.read()).get("postern_database_up") === 1);
});

test("a port that is taken stops the start with a message", async () => {
  const other = startServer({
    NODE_ENV: "test",
    MONGODB_URI: app.engine.uri,
    DATA_DIR: app.dataDir,
    PORT: String(app.metricsPort + 1 > 65_535 ? 1_025 : app.metricsPort + 1),
    METRICS_PORT: String(app.metricsPort),
  });
  assert.equal(await other.ended, 1);
  assert.match(other.output(), new RegExp(`^Postern cannot listen on 127\\.0\\.0\\.1:${app.metricsPort}: `, "m"));
});
