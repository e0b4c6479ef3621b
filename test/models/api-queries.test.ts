import "../support/environment.js";
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { Types } from "mongoose";
import { digest } from "../../src/lib/secrets.js";
import { ApiSession } from "../../src/models/api-session.js";
import { ApiToken } from "../../src/models/api-token.js";
import { User } from "../../src/models/user.js";
import "../support/database/open.js";
import { explained } from "../support/database/explained.js";

const OTHERS = 500;
const OWN = 50;

const user = new Types.ObjectId();
const [id, sessionEpoch] = [String(user), 0];
let secret = "";
let session = "";
const later = (days: number) => new Date(Date.now() + days * 86_400_000);

before(async () => {
  await User.insertMany([{ _id: user, username: "ada", email: "ada@example.org", emailConfirmedAt: new Date() }]);
  const common = { beginning: "pst_", description: "x", scopes: ["posts.read"], createdAt: new Date() };
  const tokens = Array.from({ length: OTHERS }, (_, n) => ({
    ...common,
    ...{ user: new Types.ObjectId(), slot: 0, hash: digest(`other${n}`), expiresAt: later(100), warnAt: later(93) },
  }));
  await ApiToken.insertMany(tokens);
  for (let n = 0; n < OWN; n += 1) {
    const made = await ApiToken.issue(id, { description: "x", scopes: ["posts.read"], expiresAt: later(30) });
    secret = made?.secret ?? "";
  }
  const from = { ip: "127.0.0.1", agent: "curl", expiresAt: later(30) };
  await ApiSession.insertMany(
    Array.from({ length: OTHERS }, () => {
      return { ...from, user: new Types.ObjectId(), epoch: 0, beganAt: new Date(), lastUsedAt: new Date() };
    }),
  );
  for (let n = 0; n < OWN; n += 1) session = String((await ApiSession.begin({ _id: user, sessionEpoch }, from))._id);
});

type Read = { read: () => Promise<unknown>; documents: number; keys: number; commands?: number };
/** A document and its user are two commands, sent at the same time (test/models/load-with-user.test.ts). */
const withUser = { documents: 1, keys: 1, commands: 2 };
const reads: Record<string, Read> = {
  "an API token with its user": { read: () => ApiToken.findLive(secret), ...withUser },
  "a user's API tokens": { read: () => ApiToken.listForUser(id), documents: OWN, keys: OWN },
  "tokens whose owners are to be warned": { read: () => ApiToken.listEnding(), documents: 0, keys: 0 },
  "tokens whose owners are to be warned, with many tokens": {
    read: () => ApiToken.listEnding(later(95)),
    documents: OWN + 101,
    keys: OWN + 101,
  },
  "an API session with its user": { read: () => ApiSession.findLive(session), ...withUser },
  "whether a client is known": {
    read: () => ApiSession.isKnown(id, { ip: "127.0.0.1", agent: "wget" }),
    documents: 0,
    keys: 0,
  },
  "a user's API sessions": { read: () => ApiSession.listLive({ id, sessionEpoch }), documents: OWN, keys: OWN },
};

for (const [what, { read, documents, keys, commands = 1 }] of Object.entries(reads)) {
  test(`${what}: the read uses an index and examines at most ${documents} documents and ${keys} keys`, async () => {
    const plans = await explained(read);
    assert.equal(plans.length, commands);
    for (const plan of plans) {
      assert.ok(!plan.stages.has("COLLSCAN"), plan.command);
      assert.ok(!plan.stages.has("SORT"), `sorted in memory: ${plan.command}`);
      assert.ok(plan.examined <= documents, `${plan.examined} documents: ${plan.command}`);
      assert.ok(plan.keys <= keys, `${plan.keys} keys: ${plan.command}`);
    }
  });
}

test("the measured reads return the expected documents", async () => {
  assert.equal((await ApiToken.findLive(secret))?.person.username, "ada");
  assert.equal((await ApiToken.listForUser(id)).length, OWN);
  assert.equal((await ApiSession.findLive(session))?.person.username, "ada");
  assert.equal((await ApiSession.listLive({ id, sessionEpoch })).length, OWN);
});

test("ten lookups of an API token in one turn of the event loop share one read of tokens and one of users", async () => {
  const asked = () => Promise.all(Array.from({ length: 10 }, () => ApiToken.findLive(secret)));
  assert.equal((await explained(asked)).length, 2);
});
