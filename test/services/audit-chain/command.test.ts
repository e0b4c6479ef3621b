import "../../support/environment.js";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import mongoose, { Types } from "mongoose";
import { config } from "../../../src/config/index.js";
import { AuditEvent, KEPT_MS } from "../../../src/models/audit-event.js";
import { sealAuditLog } from "../../../src/services/operations/audit-chain/seal.js";
import "../../support/app.js";

const script = fileURLToPath(new URL("../../../scripts/audit.js", import.meta.url));

/** Runs the real command in a separate process, beside the app of this test. */
function audit(args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const client = mongoose.connection.getClient();
  const uri = `mongodb://${encodeURIComponent(String(client.options.hosts[0]))}/${mongoose.connection.name}`;
  const { dataDir: DATA_DIR, passwordPepper: PASSWORD_PEPPER } = config;
  const env = { ...process.env, MONGODB_URI: uri, DATA_DIR, PASSWORD_PEPPER };
  const child = spawn(process.execPath, [script, ...args], { env });
  let [out, err] = ["", ""];
  child.stdout.on("data", (text) => (out += text));
  child.stderr.on("data", (text) => (err += text));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err })));
}

test("verify says what is sealed, names a changed event, and exits with 1", async () => {
  const at = new Date(Date.now() - 86_400_000);
  const common = { event: "user.renamed", user: new Types.ObjectId(), actor: null, ip: "", agent: "", request: "" };
  const event = { _id: new Types.ObjectId(), ...common, at, expiresAt: new Date(at.getTime() + KEPT_MS) };
  await AuditEvent.collection.insertOne(event as never);
  await sealAuditLog();
  const day = at.toISOString().slice(0, 10);
  const whole = await audit(["verify"]);
  assert.equal(whole.code, 0, whole.err);
  assert.ok(whole.out.startsWith(`1 days with 1 events are sealed, up to ${day}.`), whole.out);
  const head = /Head of \S+: (\w{64})/.exec(whole.out)?.[1];
  assert.equal((await audit(["verify", "--head", `${day}=${head}`])).code, 0);
  assert.equal((await audit(["verify", "--head", `${day}=${"0".repeat(64)}`])).code, 1);

  await AuditEvent.collection.updateOne({ _id: event._id }, { $set: { event: "profile.edited" } });
  const { code, out } = await audit(["verify", "--json"]);
  assert.equal(code, 1);
  assert.deepEqual(JSON.parse(out).faults, [{ day, text: "This event was changed.", event: String(event._id) }]);
});

test("help is printed; other words and invalid heads are refused", async () => {
  assert.deepEqual((await audit(["--help"])).code, 0);
  for (const args of [["seal"], ["verify", "x"], ["verify", "--head", "today=1"], ["verify", "--force"]]) {
    const { code, err } = await audit(args);
    assert.equal(code, 2, args.join(" "));
    assert.match(err, /Help: npm run audit/);
  }
});
