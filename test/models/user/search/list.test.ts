import "../../../support/environment.js";
import assert from "node:assert/strict";
import { before, test } from "node:test";
import mongoose from "mongoose";
import { roleNames } from "../../../../src/definitions/roles.js";
import {
  seenWithin,
  sorts,
  states,
  USERS_ON_A_PAGE,
  type UserQuestion,
} from "../../../../src/definitions/user-filters.js";
import { listUsers, streamUsers } from "../../../../src/models/user/search/list.js";
import { User } from "../../../../src/models/user.js";
import "../../../support/database/open.js";
import { crowd } from "../../../support/users/stored.js";

const PEOPLE = 6_000;
const DAYS = 86_400_000;
/** One page, one more user to detect a next page, and the ends of the range. */
const A_PAGE = USERS_ON_A_PAGE + 3;
/** Users read for a page that matches a common word: the index has its first three letters, the rest is compared. */
const CHECKED = 3 * (USERS_ON_A_PAGE + 1);
const COUNTED = 1_003;
const LOOKED_AT = 5_000;
/** Users are sorted in memory only if a rare word matches at most this many. */
const GATHERED = 1_000;
type Command = Record<string, unknown>;

before(async () => {
  const now = Date.now();
  const roles = (n: number) => (n % 50 === 0 ? [{ role: "editor", domain: null }] : []);
  await crowd(
    Array.from({ length: PEOPLE }, (_, n) => ({
      username: `person-${n}`,
      ...(n % 3_000 === 7 && { profile: { firstName: "Ada", lastName: "Rare" } }),
      createdAt: new Date(now - n * 60_000),
      lastLoginAt: n % 40 === 1 ? null : new Date(now - (n % 90) * DAYS),
      roles: roles(n),
      ...(n % 4 === 0 && { authenticator: { addedAt: new Date() } }),
      ...(n % 60 === 5 && { disabledAt: new Date() }),
      ...(n % 70 === 6 && { emailConfirmedAt: null }),
      ...(n % 300 === 8 && { deletion: { dueAt: new Date() } }),
    })),
  );
});

/** Runs an action, and returns MongoDB's query plan for each of its reads. */
async function explained(read: () => Promise<unknown>) {
  const commands: Command[] = [];
  const note = ({ commandName, command }: { commandName: string; command: Command }) => {
    if (["find", "aggregate", "count", "distinct"].includes(commandName)) commands.push(command);
  };
  const client = mongoose.connection.getClient();
  client.on("commandStarted", note);
  await read();
  client.off("commandStarted", note);
  for (const command of commands) assert.ok(Number(command.maxTimeMS) > 0, "every read has a time limit");
  return Promise.all(commands.filter((command) => !command.count).map(explain));
}

async function explain({ lsid: _, $db: _db, $clusterTime: _time, $readPreference: _preference, ...command }: Command) {
  if (command.aggregate) command.cursor ??= {};
  const plan = await mongoose.connection.db?.command({ explain: command, verbosity: "executionStats" });
  const notChosen = ["rejectedPlans", "allPlansExecution"];
  const text = JSON.stringify(plan, (name, value) =>
    notChosen.includes(name) ? undefined : typeof value === "bigint" ? Number(value) : value,
  );
  const most = (...names: string[]) =>
    Math.max(
      0,
      ...names.flatMap((name) => [...text.matchAll(new RegExp(`"${name}":"?(\\d+)`, "g"))].map(([, n]) => Number(n))),
    );
  const stages = new Set([...text.matchAll(/"stage":"(\w+)"/g)].map(([, stage]) => stage));
  return {
    stages,
    documents: most("totalDocsExamined", "docsExamined"),
    keys: most("totalKeysExamined", "keysExamined"),
    command: JSON.stringify(command).slice(0, 300),
  };
}

type Bounds = { documents: number; keys: number };
async function expectBounded(read: () => Promise<unknown>, { documents, keys }: Bounds) {
  for (const plan of await explained(read)) {
    assert.ok(plan.stages.has("IXSCAN") || plan.stages.has("COUNT_SCAN"), `no index: ${plan.command}`);
    assert.ok(!plan.stages.has("COLLSCAN"), plan.command);
    if (plan.stages.has("SORT")) assert.ok(plan.documents <= GATHERED, `sorted in memory: ${plan.command}`);
    assert.ok(plan.documents <= documents, `${plan.documents} documents: ${plan.command}`);
    assert.ok(plan.keys <= keys, `${plan.keys} keys: ${plan.command}`);
  }
}

const questions: Record<string, { asked: Omit<UserQuestion, "sort">; bounds: Bounds }> = {
  everyone: { asked: { words: [] }, bounds: { documents: A_PAGE, keys: A_PAGE } },
  "a word that all users have": { asked: { words: ["person"] }, bounds: { documents: CHECKED, keys: COUNTED } },
  "three letters that all users have": { asked: { words: ["per"] }, bounds: { documents: A_PAGE, keys: COUNTED } },
  "a letter that all users have": { asked: { words: ["p"] }, bounds: { documents: CHECKED, keys: COUNTED } },
  "a word that few users have": { asked: { words: ["rare"] }, bounds: { documents: A_PAGE, keys: A_PAGE } },
  "a word that no user has": { asked: { words: ["zzz"] }, bounds: { documents: 0, keys: 3 } },
  "a whole email": { asked: { words: ["person-4711@example.org"] }, bounds: { documents: 20, keys: 30 } },
  "a word that few users have and one that all have": {
    asked: { words: ["person", "ada"] },
    bounds: { documents: A_PAGE, keys: COUNTED },
  },
  "two words that all users have": {
    asked: { words: ["example.org", "person"] },
    bounds: { documents: 3 * 101, keys: COUNTED },
  },
  editors: { asked: { words: [], role: "editor" }, bounds: { documents: 200, keys: 200 } },
  "disabled editors": {
    asked: { words: [], role: "editor", state: "disabled" },
    bounds: { documents: 200, keys: 300 },
  },
  "disabled users": { asked: { words: [], state: "disabled" }, bounds: { documents: 200, keys: 200 } },
  "unconfirmed users": { asked: { words: [], state: "unconfirmed" }, bounds: { documents: 200, keys: 200 } },
  "users to be deleted": { asked: { words: [], state: "deleting" }, bounds: { documents: A_PAGE, keys: A_PAGE } },
  "users without a second factor": {
    asked: { words: [], factor: "none" },
    bounds: { documents: 3 * 101, keys: 3 * 101 },
  },
  "editors without a second factor": {
    asked: { words: [], role: "editor", factor: "none" },
    bounds: { documents: 200, keys: 200 },
  },
  "users who never logged in": { asked: { words: [], seen: "never" }, bounds: { documents: 200, keys: 200 } },
};

for (const [what, { asked, bounds }] of Object.entries(questions)) {
  test(`${what}: the list uses an index in every order and examines at most ${bounds.documents} documents and ${bounds.keys} keys`, async () => {
    for (const sort of sorts) await expectBounded(() => listUsers({ ...asked, sort }), bounds);
  });
}

test("the last pages of the list read no more users than the first ones", async () => {
  for (const sort of sorts) {
    for (const words of [[], ["person"]]) {
      const question = { words, sort };
      const bounds = {
        documents: words.length > 0 ? CHECKED : 2 * A_PAGE,
        keys: words.length > 0 ? COUNTED : 2 * A_PAGE,
      }; // users with the same value are read as a separate range
      await expectBounded(() => listUsers(question, "end"), bounds);
      const end = await listUsers(question, "end");
      const place = end.newer ?? "";
      assert.match(place, /^before\./);
      await expectBounded(() => listUsers(question, place), bounds);
      const before = await listUsers(question, place);
      await expectBounded(() => listUsers(question, before.older ?? ""), bounds);
      assert.deepEqual((await listUsers(question, before.older ?? "")).people, end.people);
    }
  }
});

test("every combination of filters, searches and orders reads a bounded number of users", async () => {
  const some = <Value>(values: readonly Value[]) => [undefined, ...values];
  const bounds = { documents: LOOKED_AT + 1, keys: LOOKED_AT + 1 };
  let combinations = 0;
  for (const sort of sorts)
    for (const role of [undefined, "none", "editor"])
      for (const state of some(states))
        for (const seen of some(seenWithin)) {
          const words = combinations % 3 === 0 ? ["person"] : combinations % 3 === 1 ? [] : ["example", "person"];
          const isWithout = Math.floor(combinations / 7) % 2 === 0; // with each value of the others
          combinations += 1;
          const question: UserQuestion = {
            words,
            sort,
            ...(role && { role }),
            ...(state && { state }),
            ...(seen && { seen }),
            ...(isWithout && { factor: "none" }),
          };
          await expectBounded(() => listUsers(question), bounds);
        }
  assert.equal(combinations, sorts.length * 3 * (states.length + 1) * (seenWithin.length + 1));
});

test("paging finds all matches, even if they are far apart", async () => {
  const last = await User.findOne({ username: `person-${PEOPLE - 1}` }).orFail();
  await User.collection.updateOne({ _id: last._id }, { $set: { roles: [] } });
  const question: UserQuestion = { words: [], seen: "longer", state: "active", role: "none", sort: "newest" };
  const everyone = await User.collection.countDocuments({
    lastLoginAt: { $lt: new Date(Date.now() - 30 * DAYS) },
    disabledAt: null,
    deletion: null,
    emailConfirmedAt: { $ne: null },
    "roles.0": { $exists: false },
  });
  let found = 0;
  for (let place: string | null = ""; place !== null; ) {
    const page: Awaited<ReturnType<typeof listUsers>> = await listUsers(question, place);
    found += page.people.length;
    place = page.older;
  }
  assert.equal(found, everyone);
});

test("a page that read five thousand users without a match says so and links to the next one", async () => {
  await User.collection.updateOne(
    { username: "person-5990" },
    { $set: { lastLoginAt: new Date(Date.now() - 999 * DAYS) } },
  );
  const hidden: UserQuestion = { words: ["person-5990@example.org", "person"], seen: "longer", sort: "newest" };
  assert.equal((await listUsers(hidden)).people.length, 1);
  await User.collection.updateMany({}, { $set: { postCount: 1 } });
  const vain: UserQuestion = { words: [], state: "active", sort: "newest" };
  await User.collection.updateMany(
    { createdAt: { $gt: new Date(Date.now() - 5_500 * 60_000) } },
    { $set: { disabledAt: new Date() } },
  );
  const page = await listUsers(vain);
  assert.deepEqual([page.people.length, page.cut, page.total], [0, true, { number: 0, orMore: true }]);
  const further = await listUsers(vain, page.older ?? "");
  assert.equal(further.people.length, USERS_ON_A_PAGE);
  assert.ok(further.newer, "the next page links back");
});

test("the export reads users from an index, in the order of the list", async () => {
  for (const sort of sorts) {
    const question: UserQuestion = { words: ["person"], state: "active", role: "none", sort };
    for (const plan of await explained(async () => {
      for await (const _ of await streamUsers(question)) break;
    })) {
      assert.ok(plan.stages.has("IXSCAN") && !plan.stages.has("SORT") && !plan.stages.has("COLLSCAN"), plan.command);
    }
  }
});

test("filtering by any role reads a bounded number of users", async () => {
  for (const role of roleNames)
    await expectBounded(() => listUsers({ words: [], role, sort: "newest" }), { documents: A_PAGE, keys: 200 });
});
