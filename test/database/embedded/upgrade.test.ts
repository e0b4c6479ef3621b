import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connectDatabase, disconnect } from "../../../src/database/connect.js";
import { ensureIndexes } from "../../../src/database/indexes.js";
import { User } from "../../../src/models/user.js";
import { temporaryEngine } from "../../support/database/engine.js";

before(async () => connectDatabase({ uri: (await temporaryEngine()).uri }));
after(disconnect);

const signUp = (username: string) => User.collection.insertOne({ username, email: "ada@example.org" });

test("upgrading from 0.1 drops only the index that allowed an email in one account only", async () => {
  await User.collection.createIndex({ username: 1 }, { unique: true, collation: { locale: "en", strength: 2 } });
  await User.collection.createIndex({ email: 1 }, { unique: true });
  await User.collection.createIndex({ bio: "text" }, { name: "the operator's own" });
  await signUp("ada");
  await assert.rejects(signUp("grace"), { code: 11000 });

  await Promise.all([ensureIndexes(), ensureIndexes()]);
  await signUp("grace");
  const names = (await User.collection.indexes()).map(({ name }) => name);
  assert.ok(!names.includes("email_1"));
  for (const name of ["username_1", "confirmed", "unconfirmed-addresses", "the operator's own"])
    assert.ok(names.includes(name), name);
});

test("an account from 0.1 counts as unconfirmed and can confirm its email", async () => {
  const ada = await User.findByLogin("ada");
  assert.equal(ada?.emailConfirmedAt, null);
  assert.equal(await User.findByEmail("ada@example.org"), null);
  assert.equal(await ada?.confirmEmail("ada@example.org"), "done");
  assert.equal((await User.findByEmail("ada@example.org"))?.username, "ada");
});

test("upgrading from 0.1 drops only the old indexes of the user list", async () => {
  const old = [
    "sign-ups",
    "unsearchable",
    "people-word-createdAt",
    "people-never-createdAt",
    ...["role", "disabled", "deleting", "unconfirmed", "never"].map((of) => `people-${of}-username`),
    ...["role", "disabled", "deleting", "unconfirmed"].map((of) => `people-${of}-lastLoginAt`),
  ];
  for (const [n, name] of old.entries()) await User.collection.createIndex({ [`old${n}`]: 1 }, { name });
  await Promise.all([ensureIndexes(), ensureIndexes()]);
  const declared = User.schema.indexes().map(([keys, { name }]) => name ?? `${Object.keys(keys)[0]}_1`);
  const names = (await User.collection.indexes()).map(({ name }) => name);
  assert.deepEqual(names.sort(), ["_id_", "the operator's own", ...declared].sort());
});
