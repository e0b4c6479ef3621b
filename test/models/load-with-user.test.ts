import "../support/app.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import mongoose, { Types } from "mongoose";
import { loadWithUser } from "../../src/models/load-with-user.js";
import { User } from "../../src/models/user.js";
import { account } from "../support/users/accounts.js";

type Ticket = { key: string; user: Types.ObjectId | undefined; epoch?: number };

/** Loads tickets from here instead of a collection. `meanwhile` runs after their users were read, before they are. */
function office() {
  const tickets = new Map<string, Ticket>();
  const desk = { meanwhile: async () => {} };
  const load = loadWithUser<Ticket>(
    async (keys) => {
      await desk.meanwhile();
      return keys.map((key) => tickets.get(key)).filter((one) => one !== undefined);
    },
    { getKey: ({ key }) => key, getUser: ({ user }) => user, getEpoch: ({ epoch }) => epoch },
  );
  return { tickets, desk, load };
}

/** Resolves when the next read of users has been answered. */
const usersRead = () =>
  new Promise<void>((done) => {
    const client = mongoose.connection.getClient();
    const note = ({ commandName }: { commandName: string }) => {
      if (commandName !== "find") return;
      client.off("commandSucceeded", note);
      done();
    };
    client.on("commandSucceeded", note);
  });

type Command = { find?: string; projection?: { hasPassword?: unknown } };

/** Returns how many reads of users for requests an action sends. Jobs read users, too, but never whether one has a password. */
async function countReads(act: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const note = ({ commandName, command }: { commandName: string; command: Command }) => {
    if (commandName === "find" && command.find === "users" && command.projection?.hasPassword) count += 1;
  };
  const client = mongoose.connection.getClient();
  client.on("commandStarted", note);
  await act();
  client.off("commandStarted", note);
  return count;
}

test("a document is loaded with its user, and those of the same moment share one read of users", async () => {
  const { tickets, load } = office();
  const people = await Promise.all([account(), account(), account()]);
  for (const { id } of people) tickets.set(id, { key: id, user: new Types.ObjectId(id), epoch: 0 });
  for (const _ of ["without", "with", "a hint"]) {
    let found: Awaited<ReturnType<typeof load>>[] = [];
    const reads = await countReads(async () => {
      found = await Promise.all(people.map(({ id }) => load(id)));
    });
    assert.deepEqual(
      found.map((one) => one?.person?.username),
      people.map(({ username }) => username),
    );
    assert.equal(reads, 1);
  }
  assert.equal(await load("unknown"), null);
});

test("a document without a user, or of a deleted one, has none", async () => {
  const { tickets, load } = office();
  tickets.set("ended", { key: "ended", user: undefined });
  tickets.set("orphan", { key: "orphan", user: new Types.ObjectId(), epoch: 0 });
  for (const _ of ["without", "with a hint"]) {
    assert.equal((await load("ended"))?.person, undefined);
    assert.equal((await load("orphan"))?.person, undefined);
  }
});

test("a hint never decides whose document it is", async () => {
  const { tickets, load } = office();
  const [one, other] = [await account(), await account()];
  tickets.set("moved", { key: "moved", user: new Types.ObjectId(one.id), epoch: 0 });
  await load("moved");
  tickets.set("moved", { key: "moved", user: new Types.ObjectId(other.id), epoch: 0 });
  assert.equal((await load("moved"))?.person?.username, other.username);
});

test("a user who changes between the two reads is read again", async () => {
  const { tickets, desk, load } = office();
  const { id } = await account();
  tickets.set("kept", { key: "kept", user: new Types.ObjectId(id), epoch: 0 });
  await load("kept");
  const read = usersRead();
  desk.meanwhile = async () => {
    await read;
    await User.collection.updateOne({ _id: new Types.ObjectId(id) }, { $set: { sessionEpoch: 1 } });
    tickets.set("kept", { key: "kept", user: new Types.ObjectId(id), epoch: 1 });
  };
  assert.equal((await load("kept"))?.person?.sessionEpoch, 1);
});
