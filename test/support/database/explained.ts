import assert from "node:assert/strict";
import mongoose from "mongoose";

type Command = Record<string, unknown>;

const explainable = ["find", "aggregate", "findAndModify", "delete"];

/** Returns MongoDB's explanations of an action's reads, and of its writes that search for documents. */
export async function explained(read: () => Promise<unknown>) {
  const commands: Command[] = [];
  const note = ({ commandName, command }: { commandName: string; command: Command }) => {
    if (explainable.includes(commandName)) commands.push(command);
  };
  const client = mongoose.connection.getClient();
  client.on("commandStarted", note);
  await read();
  client.off("commandStarted", note);
  assert.ok(commands.length > 0, "the action has a query");
  return Promise.all(commands.map(explain));
}

async function explain({ lsid: _, $db: _db, $clusterTime: _time, $readPreference: _preference, ...command }: Command) {
  if (command.aggregate) command.cursor ??= {};
  const plan = await mongoose.connection.db?.command({ explain: command, verbosity: "executionStats" });
  const notChosen = ["rejectedPlans", "allPlansExecution"];
  const text = JSON.stringify(plan, (name, value) => (notChosen.includes(name) ? undefined : plain(value)));
  const numbers = (name: string) =>
    [...text.matchAll(new RegExp(`"${name}":"?(\\d+)`, "g"))].map((match) => Number(match[1]));
  const examined = Math.max(...numbers("totalDocsExamined"), ...numbers("docsExamined"), 0);
  const keys = Math.max(...numbers("totalKeysExamined"), ...numbers("keysExamined"), 0);
  const stages = new Set([...text.matchAll(/"stage":"(\w+)"/g)].map((match) => match[1]));
  return { stages, examined, keys, command: JSON.stringify(command).slice(0, 200) };
}

const plain = (value: unknown) => (typeof value === "bigint" ? Number(value) : value);
