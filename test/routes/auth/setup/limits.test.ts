import "../../../support/settings/limits.js";
import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { User } from "../../../../src/models/user.js";
import { findSetupUrl } from "../../../../src/services/account/setup.js";
import { anotherNetwork } from "../../../support/users/networks.js";
import { visitor } from "../../../support/visitor.js";

const LINKS = 30;

test("after thirty setup tokens, even the correct one fails in that network, but works in others", async () => {
  const [guesser, operator] = [anotherNetwork(), anotherNetwork()];
  const open = (path: string, from: string) => visitor().request(path, { headers: { "x-forwarded-for": from } });
  const { pathname: right } = new URL((await findSetupUrl()) ?? assert.fail("nobody has an account yet"));
  const statuses = [];
  for (let n = 0; n < LINKS; n += 1) statuses.push((await open(`/setup/guess-${n}`, guesser)).status);
  assert.deepEqual(statuses, Array(LINKS).fill(404));
  const refused = await open(right, guesser);
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers.get("retry-after")) > 0);
  assert.equal((await open(right, operator)).status, 200);
  assert.equal(await User.countDocuments(), 0);
});
