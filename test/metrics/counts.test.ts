import "../support/settings/metrics.js";
import "../support/app.js";
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { config } from "../../src/config/index.js";
import { addMetrics, type Measures, readOwnMetrics } from "../../src/metrics/text.js";
import { startMetrics } from "../../src/services/operations/metrics.js";
import { program } from "../support/api.js";
import { origin } from "../support/app.js";
import { until } from "../support/until.js";
import { newPerson, post, registeredMember } from "../support/users.js";
import { visitor } from "../support/visitor.js";
import { parseMetrics, type Samples, sumMetric } from "./measured.js";

const authorization = `Bearer ${config.metrics?.token}`;
const stranger = visitor();

async function scrape() {
  const { status, text } = await stranger.get("/metrics", { authorization });
  assert.equal(status, 200, text);
  return parseMetrics(text);
}
/** Returns how much these metrics grow while something happens. */
async function growth(act: () => Promise<unknown>, ...of: [name: string, labels?: Record<string, string>][]) {
  const earlier = await scrape();
  await act();
  const later = await scrape();
  return of.map(([name, labels]) => (sumMetric(later, name, labels) ?? 0) - (sumMetric(earlier, name, labels) ?? 0));
}

before(() => startMetrics());

test("metrics need the token", async () => {
  for (const wrong of [
    "",
    "Bearer",
    "Bearer x",
    `Bearer ${config.metrics?.token}x`,
    `Basic ${config.metrics?.token}`,
  ]) {
    const answer = await stranger.get("/metrics", { authorization: wrong });
    assert.equal(answer.status, 401, wrong);
    assert.equal(answer.headers.get("www-authenticate"), 'Bearer realm="metrics"');
    assert.doesNotMatch(answer.text, /postern_/);
  }
  const right = await stranger.get("/metrics", { authorization });
  assert.equal(right.status, 200);
  assert.match(right.headers.get("content-type") ?? "", /^text\/plain; (charset=utf-8; )?version=0\.0\.4/);
  assert.equal(right.headers.get("cache-control"), "no-store");
});

test("every kind of login, reset, email and second factor is there at zero, before the first", async () => {
  const samples = await scrape();
  const reasons = [
    "unknown-user",
    "wrong-password",
    "throttled",
    "disabled",
    "unconfirmed",
    "wrong-code",
    "wrong-passkey",
  ];
  for (const reason of reasons)
    assert.equal(samples.get(`postern_logins_total{outcome="failure",reason="${reason}"}`), 0, reason);
  assert.equal(samples.get('postern_logins_total{outcome="success",reason="none"}'), 0);
  assert.equal(samples.get("postern_registrations_total"), 0);
  for (const step of ["requested", "completed"])
    assert.equal(samples.get(`postern_password_resets_total{step="${step}"}`), 0);
  for (const outcome of ["sent", "failed", "rejected", "obsolete"])
    assert.equal(samples.get(`postern_emails_total{outcome="${outcome}"}`), 0);
  for (const factor of ["code", "recovery-code", "passkey"])
    for (const outcome of ["success", "failure"])
      assert.equal(samples.get(`postern_second_factors_total{factor="${factor}",outcome="${outcome}"}`), 0);
  for (const outcome of ["done", "failed", "given-up"])
    assert.equal(samples.get(`postern_job_runs_total{kind="send-mail",outcome="${outcome}"}`), 0);
});

test("requests are counted by pattern, method and class of the status", async () => {
  const ada = await registeredMember();
  const address = await post(ada, { title: "A post", body: "Some text.", visibility: "public" });
  const of = (route: string, method: string, status: string): [string, Record<string, string>] => [
    "postern_http_requests_total",
    { route, method, status },
  ];
  const grown = await growth(
    async () => {
      await stranger.get(address);
      await stranger.request(address, { method: "HEAD" });
      await stranger.get("/posts/000000000000000000000000");
      await stranger.send("/login", { login: "ada", password: "x" }); // without a CSRF token
      await stranger.request("/login", { method: "DELETE" });
      await stranger.request("/login", { method: "PROPFIND" });
      await stranger.get("/users/Somebody-Secret/picture/x/y");
      await stranger.get(`/assets/${"x".repeat(16)}/Somebody-Secret.css`);
      await stranger.get("/api/v1/posts");
    },
    of("/posts/:id/:slug", "GET", "2xx"),
    of("/posts/:id/:slug", "HEAD", "2xx"),
    of("/posts/:id", "GET", "4xx"),
    of("/login", "POST", "4xx"),
    of("/login", "DELETE", "4xx"),
    of("/login", "other", "4xx"),
    of("none", "GET", "4xx"),
    of("/api/v1/posts", "GET", "4xx"),
    ["postern_http_request_duration_seconds_count", { route: "/posts/:id/:slug", method: "GET" }],
  );
  assert.deepEqual(grown, [1, 1, 1, 1, 1, 1, 2, 1, 1]);
});

test("no label contains what a client sent", async () => {
  const { text } = await stranger.get("/metrics", { authorization });
  assert.doesNotMatch(text, /Somebody-Secret|PROPFIND|[0-9a-f]{24}/);
});

test("logins are counted by outcome and reason, from pages and from the API", async () => {
  const grace = await registeredMember();
  const wrong = { login: grace.username, password: "a wrong password" };
  const failure = (reason: string): [string, Record<string, string>] => [
    "postern_logins_total",
    { outcome: "failure", reason },
  ];
  const grown = await growth(
    async () => {
      await visitor().submit("/login", { login: grace.username, password: grace.password });
      await visitor().submit("/login", wrong);
      await visitor().submit("/login", { login: "nobody-has-this-name", password: "a wrong password" });
      await program().post("/auth/login", { username: grace.username, password: wrong.password });
      await program().post("/auth/login", { username: grace.username, password: grace.password });
    },
    ["postern_logins_total", { outcome: "success" }],
    failure("wrong-password"),
    failure("unknown-user"),
  );
  assert.deepEqual(grown, [2, 2, 1]);
});

test("registrations, emails, jobs and resets are counted", async () => {
  const person = newPerson();
  const grown = await growth(
    async () => {
      await registeredMember(person);
      await visitor().submit("/password-reset", { email: person.email });
      await until("the email is sent", async () => sumMetric(await scrape(), "postern_emails_waiting") === 0);
    },
    ["postern_registrations_total"],
    ["postern_password_resets_total", { step: "requested" }],
  );
  assert.deepEqual(grown, [1, 1]);
  const runs = 'postern_job_runs_total{kind="send-mail",outcome="done"}';
  const isCounted = (all: Samples) =>
    all.get(runs) === all.get('postern_emails_total{outcome="sent"}') && (all.get("postern_sessions") ?? 0) >= 3;
  await until("runs and sessions are counted, too", async () => isCounted(await scrape()));
  const samples = await scrape();
  const sent = samples.get('postern_emails_total{outcome="sent"}') ?? 0;
  assert.ok(sent >= 2, `${sent} sent`);
  assert.equal(samples.get(runs), sent);
  assert.ok((samples.get("postern_sessions") ?? 0) >= 3);
  assert.equal(samples.get("postern_hashing_refused_total"), 0);
  assert.equal(samples.get('postern_jobs_oldest_waiting_seconds{kind="sweep-accounts"}'), 0);
  assert.equal(samples.get('postern_jobs{kind="sweep-accounts",state="scheduled"}'), 1);
});

test("of several processes, the one whose event loop is blocked most counts", async () => {
  const isLag = ({ name }: { name: string }) => name.startsWith("nodejs_eventloop_lag_");
  const own = (await readOwnMetrics()).filter(isLag);
  assert.ok(own.length >= 8);
  const after = (value: number) => own.map((metric) => ({ ...metric, values: [{ value, labels: {} }] })) as Measures;
  for (const { name, values } of await addMetrics([after(0.01), after(2), after(0.01)]))
    assert.equal(values[0]?.value, name === "nodejs_eventloop_lag_min_seconds" ? 0.01 : 2, name);
});

test("a page is not counted under the address of another", async () => {
  assert.equal((await fetch(`${origin}/healthz`)).status, 200);
  assert.equal(sumMetric(await scrape(), "postern_http_requests_total", { route: "/healthz" }), 1);
});
