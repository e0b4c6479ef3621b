import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "../support/database/engine.js";
import { killAtExit } from "../support/processes/kill-at-exit.js";
import { freePort } from "../support/processes/server.js";
import { unlessInstalled } from "../support/processes/tools.js";
import { until } from "../support/until.js";
import { startMeasured } from "./measured.js";

const deploy = fileURLToPath(new URL("../../../deploy/", import.meta.url));
const read = (path: string) => readFileSync(join(deploy, path), "utf8");
const skip = unlessInstalled("promtool");
const TOKEN = "hW7xQ2mVr9TzK4bNc6JpYd3GfL8sEa5u";

let app: Awaited<ReturnType<typeof startMeasured>>;
let text = "";
before(async () => {
  app = await startMeasured({ METRICS_TOKEN: TOKEN });
  assert.ok(await app.ready, app.output());
  await fetch(`${app.origin}/login`);
  text = await (await fetch(`${app.metricsOrigin}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } })).text();
});
after(async () => {
  app.stop();
  await app.ended;
});

test("the token also protects METRICS_PORT", async () => {
  assert.match(text, /^postern_database_up 1$/m);
  assert.equal((await fetch(`${app.metricsOrigin}/metrics`)).status, 401);
});

test("Prometheus' linter accepts the names, units and help of all metrics", { skip }, () => {
  execFileSync("promtool", ["check", "metrics"], { input: text, stdio: ["pipe", "pipe", "pipe"] });
});

test("every alert is valid, fires when it should, and is silent otherwise", { skip }, () => {
  const alerts = [...read("prometheus/alerts.yml").matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
  const tested = [...read("prometheus/alerts.test.yml").matchAll(/alertname="(\w+)"/g)].map(([, name]) => name);
  assert.deepEqual(tested.sort(), alerts.sort());
  execFileSync("promtool", ["check", "config", "prometheus.yml"], { cwd: join(deploy, "prometheus"), stdio: "pipe" });
  execFileSync("promtool", ["test", "rules", "alerts.test.yml"], { cwd: join(deploy, "prometheus"), stdio: "pipe" });
});

test("the alerts and the dashboard name only metrics that exist, and the dashboard shows all of ours", () => {
  const types = new Map([...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = "", type = ""]) => [name, type]));
  const listNames = (of: string) => {
    const found = of.match(/\b(postern|nodejs|process)_[a-z0-9_]+/g) ?? [];
    return new Set(found.map((name) => name.replace(/_(bucket|sum|count)$/, "")));
  };
  const dashboard = JSON.parse(read("grafana/postern.json")) as { panels: { targets?: { expr: string }[] }[] };
  const shown = listNames(dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)).join("\n"));
  for (const name of [...listNames(read("prometheus/alerts.yml")), ...shown]) assert.ok(types.has(name), name);
  const ours = [...types.keys()].filter((name) => name.startsWith("postern_"));
  assert.ok(ours.length >= 15, `${ours.length} metrics`);
  assert.deepEqual(
    ours.filter((name) => !shown.has(name)),
    [],
  );
});

test("a real Prometheus reads the metrics, with the configuration of deploy/prometheus", { skip }, async () => {
  const folder = temporaryDirectory();
  writeFileSync(join(folder, "token"), TOKEN);
  writeFileSync(join(folder, "alerts.yml"), read("prometheus/alerts.yml"));
  writeFileSync(
    join(folder, "prometheus.yml"),
    read("prometheus/prometheus.yml")
      .replace("127.0.0.1:9464", `127.0.0.1:${app.metricsPort}`)
      .replaceAll("_interval: 15s", "_interval: 1s")
      .replace("# authorization:", "authorization:")
      .replace(/# ( +credentials_file: ).*/, `$1${folder}/token`),
  );
  const port = await freePort();
  const prometheus = spawn(
    "prometheus",
    [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: "ignore" },
  );
  const ended = once(prometheus, "close");
  killAtExit(prometheus);
  const ask = async (path: string) =>
    fetch(`http://127.0.0.1:${port}/api/v1/${path}`).then(
      async (answer) => (answer.ok ? ((await answer.json()) as { data: never }) : null), // it starts with 503
      () => null,
    );
  const query = async (of: string) => {
    const answer = await ask(`query?query=${encodeURIComponent(of)}`);
    return (answer?.data as { result: { value: [number, string] }[] } | undefined)?.result[0]?.value[1];
  };
  try {
    await until("Prometheus has the series", async () => (await query('postern_database_up{job="postern"}')) === "1");
    assert.equal(await query('postern_http_requests_total{route="/login",method="GET",status="2xx"}'), "1");
    await until("the alerts are evaluated", async () => {
      const groups = (await ask("rules"))?.data as { groups: { rules: { health: string }[] }[] } | undefined;
      const rules = groups?.groups[0]?.rules ?? [];
      return rules.length > 0 && rules.every(({ health }) => health === "ok");
    });
  } finally {
    prometheus.kill("SIGTERM");
    await ended;
  }
});
