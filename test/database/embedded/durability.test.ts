import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { MongoClient } from "mongodb";
import { temporaryEngine } from "../../support/database/engine.js";

const WRITERS = 4;
const KILLS = 3;

test("a killed engine is restarted, and no acknowledged write is lost", async () => {
  const engine = await temporaryEngine();
  const clients = Array.from(
    { length: WRITERS },
    () => new MongoClient(engine.uri, { serverSelectionTimeoutMS: 5000 }),
  );
  const acknowledged: string[] = [];
  let writing = true;
  const write = async (client: MongoClient, writer: number) => {
    for (let i = 0; writing; i += 1) {
      const _id = `${writer}-${i}`;
      const insertion = client.db().collection<{ _id: string }>("notes").insertOne({ _id });
      await insertion.then(
        () => acknowledged.push(_id),
        () => undefined,
      );
    }
  };
  const writers = clients.map(write);

  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = acknowledged.length;
    while (acknowledged.length < before + 200) await sleep(10);
    process.kill(engine.pid as number, "SIGKILL");
  }
  const after = acknowledged.length;
  while (acknowledged.length < after + 50) await sleep(10);
  writing = false;
  await Promise.all(writers);

  const notes = clients[0]?.db().collection<{ _id: string }>("notes");
  const kept = new Set((await notes?.find().toArray())?.map(({ _id }) => _id));
  const lost = acknowledged.filter((id) => !kept.has(id));
  assert.ok(acknowledged.length > KILLS * 200);
  assert.deepEqual(lost, []);
  await Promise.all(clients.map((client) => client.close()));
});
