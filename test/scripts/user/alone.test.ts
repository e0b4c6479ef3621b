import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "../../support/database/engine.js";
import { freePort, startServer } from "../../support/processes/server.js";
import { visitor } from "../../support/visitor.js";

// These tests run in order, on a data directory of their own: first without an app, then beside a running one.

const script = fileURLToPath(new URL("../../../scripts/user.js", import.meta.url));
const port = await freePort();
const origin = `http://localhost:${port}`;
const environment = {
  ...{ PATH: process.env.PATH ?? "", NODE_ENV: "test", BCRYPT_COST: "4", RATE_LIMITS: "off", LOG_LEVEL: "warn" },
  ...{ DATA_DIR: temporaryDirectory(), PORT: String(port), BASE_URL: origin },
};

type Ended = { code: number; out: string; err: string };
const user = (args: string[], env: Record<string, string> = environment) =>
  new Promise<Ended>((resolve) => {
    execFile(process.execPath, [script, ...args], { env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });

/** Returns the JSON output of a verb: one line, and nothing else. */
async function answer(...args: string[]) {
  const { code, out, err } = await user([...args, "--json"]);
  assert.deepEqual([code, err], [0, ""], args.join(" "));
  assert.match(out, /^\{.*\}\n$/);
  return JSON.parse(out);
}

let boss = { username: "boss", password: "" };

test("without a running app, the command opens the database, creates the first account, and finds it again", async () => {
  boss = await answer("create", "--username", "boss", "--email", "boss@example.org", "--role", "superadmin");
  const { people } = await answer("list");
  assert.deepEqual(people, [
    { ...people[0], username: "boss", email: "boss@example.org", roles: ["superadmin"], states: ["active"] },
  ]);
});

test("every verb has JSON output", async () => {
  const { username } = await answer("create", "--username", "ada", "--email", "ada@example.org", "--generate");
  const editor = [{ role: "editor", domain: null }];
  assert.deepEqual(await answer("promote", username, "--role", "editor"), { username, given: editor, taken: [] });
  assert.deepEqual(await answer("demote", username), { username, given: [], taken: editor });
  assert.deepEqual(await answer("disable", username, "--reason", "Spam."), { username, changed: true });
  assert.deepEqual(await answer("disable", username, "--reason", "Spam."), { username, changed: false });
  assert.deepEqual(await answer("enable", username), { username, changed: true });
  assert.deepEqual(await answer("end-sessions", username), { username });
  const { link, ...others } = await answer("reset-link", username);
  assert.deepEqual(others, { username });
  assert.ok(link.startsWith(`${origin}/password-reset/`), link);
});

test("refusals, misuse and configuration errors have JSON output with exit codes", async () => {
  for (const [args, code, said] of [
    [["demote", "boss"], 1, /only superadmin/],
    [["enable", "nobody"], 1, /No user found for nobody/],
    [["promote", "boss", "--role", "king"], 2, /no role "king"/],
    [["fly"], 2, /Unknown command "fly"/],
  ] as const) {
    const ended = await user([...args, "--json"]);
    assert.deepEqual([ended.code, ended.out], [code, ""], args.join(" "));
    assert.match(JSON.parse(ended.err).error, said);
  }
  const wrong = await user(["list"], { ...environment, BCRYPT_COST: "99" });
  assert.equal(wrong.code, 78);
  assert.match(wrong.err, /BCRYPT_COST/);
});

test("beside a running app, the command uses the app's database, and its changes take effect at once", async () => {
  const app = startServer(environment);
  assert.ok(await app.ready, app.output());
  assert.doesNotMatch(app.output(), /\/setup\//, "the app prints no setup address, because the first account exists");
  const browser = visitor(origin);
  assert.equal((await browser.submit("/login", { login: boss.username, password: boss.password })).status, 303);
  assert.equal((await browser.get("/admin")).status, 200);
  await answer("end-sessions", "boss");
  assert.equal((await browser.get("/admin")).location, "/login?return_to=%2Fadmin");
  assert.equal((await browser.get("/readyz")).status, 200, "the engine still runs after the command");
  app.stop();
  assert.equal(await app.ended, 0);
});
