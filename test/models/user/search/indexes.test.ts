import "../../../support/environment.js";
import assert from "node:assert/strict";
import { before, test } from "node:test";
import mongoose from "mongoose";
import { User } from "../../../../src/models/user.js";
import "../../../support/database/open.js";
import { crowd } from "../../../support/users/stored.js";

const PEOPLE = 2_000;
const letters = (n: number, length: number) =>
  Array.from({ length }, (_, at) => String.fromCharCode(97 + ((n * 31 + at * at * 7 + n * at) % 26))).join("");
before(() =>
  crowd(
    Array.from({ length: PEOPLE }, (_, n) => {
      const [firstName, lastName] = [letters(n, 6), letters(n + 5, 9)];
      const username = n % 2 ? `${firstName}-${lastName}-${n}` : `${letters(n + 9, 8)}${n}`;
      const email = `${firstName}.${lastName}.${n}@mail.example.org`;
      return { username, email, profile: { firstName, lastName }, lastLoginAt: new Date(Date.now() - n * 60_000) };
    }),
  ),
);

type Index = { name: string; key: Record<string, unknown>; partialFilterExpression?: object };
const indexes = () => User.collection.indexes() as Promise<Index[]>;

/** The most index entries of an ordinary user: confirmed, has logged in, no roles and no scheduled deletion. */
const most: Record<string, number> = {
  _id_: 1,
  username_1: 1,
  confirmed: 1,
  "people-everyone-createdAt": 1,
  "people-everyone-lastLoginAt": 1,
  "people-everyone-updatedAt": 1,
  "people-long": 8,
  "people-short": 7,
};

test("an ordinary user has at most twenty-one index entries, and none in the indexes of small groups", async () => {
  const db = mongoose.connection.getClient().db(mongoose.connection.name);
  const { keysPerIndex } = (await db.command({ validate: "users" })) as { keysPerIndex: Record<string, number> };
  assert.deepEqual(Object.keys(keysPerIndex).sort(), (await indexes()).map(({ name }) => name).sort());
  for (const [name, keys] of Object.entries(keysPerIndex))
    assert.ok(keys <= PEOPLE * (most[name] ?? 0), `${keys / PEOPLE} entries per user in ${name}`);
});

test("an ordinary user takes less than 600 bytes of uncompressed index", async () => {
  const users = await User.collection.find().toArray();
  /** The size of a key in MongoDB's KeyString format: one byte for the type, the value, and four for the document. */
  const size = (value: unknown) => (typeof value === "string" ? value.length + 2 : value instanceof Date ? 9 : 13);
  const bySignUp = 9 + 13 + 4;
  const bytes = users.map((user) => {
    const { long, short } = user.search as { long: string[]; short: string[] };
    const words = [...long.map((term) => size(term) + 4), ...short.map((term) => size(term) + bySignUp)];
    const own = [13 + 4, size(user.username) + 4 + 3, size(user.email) + 4, bySignUp, bySignUp, bySignUp];
    return [...words, ...own].reduce((sum, one) => sum + one, 0);
  });
  const average = bytes.reduce((sum, one) => sum + one, 0) / bytes.length;
  assert.ok(average < 600, `${average} bytes per user`);
});

test("a login changes one index, or several for an unconfirmed registration", async () => {
  const moved = (await indexes()).filter((index) => JSON.stringify(index).includes("lastLoginAt"));
  const ofEveryone = moved.filter(
    ({ partialFilterExpression = {} }) => !("emailConfirmedAt" in partialFilterExpression),
  );
  assert.deepEqual(
    ofEveryone.map(({ name }) => name),
    ["people-everyone-lastLoginAt"],
  );
});
