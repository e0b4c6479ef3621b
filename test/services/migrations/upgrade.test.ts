import "../../support/environment.js";
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { migrations } from "../../../src/services/operations/migrations/list.js";
import { temporaryDirectory } from "../../support/database/engine.js";
import { freePort, startServer } from "../../support/processes/server.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const script = fileURLToPath(new URL("../../../scripts/migrate.js", import.meta.url));

/** The stored data directories, by release, with the password of their people (test/fixtures/README.md). */
const releases: Record<string, { password: string }> = {
  "0.2.0": { password: "t7pes-xms5k-hakn6-5kgbg" },
};

test("each stored data directory has a row", () => {
  const stored = readdirSync(`${root}test/fixtures`).flatMap((name) => /^data-(.+)\.tar\.gz$/.exec(name)?.[1] ?? []);
  assert.deepEqual(stored.sort(), Object.keys(releases).sort());
});

for (const [release, { password }] of Object.entries(releases)) {
  test(`the data of ${release} is upgraded: people log in, and read and find what they wrote`, async () => {
    const DATA_DIR = temporaryDirectory();
    execFileSync("tar", ["-C", DATA_DIR, "-xzf", `${root}test/fixtures/data-${release}.tar.gz`]);
    const PORT = String(await freePort());
    const environment = {
      NODE_ENV: "test",
      DATA_DIR,
      PORT,
      PASSWORD_PEPPER: `pepper-of-the-stored-data-folder-${release.replaceAll(".", "-")}`,
      SESSION_SECRET: `session-of-the-stored-data-folder-${release.replaceAll(".", "-")}`,
    };
    const migrate = (...args: string[]) => {
      const { stdout, stderr } = spawnSync(process.execPath, [script, "--json", ...args], { env: environment });
      assert.equal(String(stderr), "");
      return JSON.parse(String(stdout));
    };
    const { planned } = migrate("--dry-run");
    assert.deepEqual(
      planned.map(({ name }: { name: string }) => name),
      migrations.map(({ name }) => name),
    );

    const server = startServer(environment);
    assert.ok(await server.ready, server.output());
    const call = async (path: string, token?: string, body?: object) => {
      const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
      const init = body ? { method: "POST", body: JSON.stringify(body), headers } : { headers };
      const answer = await fetch(`http://127.0.0.1:${PORT}/api/v1${path}`, init);
      assert.ok(answer.ok, `${path}: ${answer.status} ${server.output()}`);
      return answer.json();
    };
    const { access_token: token } = await call("/auth/login", undefined, { username: "hanna", password });
    assert.equal((await call("/users/me", token)).username, "hanna");
    assert.ok((await call("/posts", token)).data.length > 0);
    const found = await call("/users?q=ros", token);
    assert.ok(
      found.data.some(({ username }: { username: string }) => username === "rosa"),
      JSON.stringify(found),
    );
    server.stop();
    assert.equal(await server.ended, 0, server.output());
    migrate();
    assert.deepEqual(migrate(), { finished: [], waiting: [] });
  });
}
