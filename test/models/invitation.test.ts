import "../support/app.js";
import assert from "node:assert/strict";
import { before, test } from "node:test";
import mongoose, { Types } from "mongoose";
import { digest } from "../../src/lib/secrets.js";
import { Invitation } from "../../src/models/invitation.js";

const COUNT = 2_000;
const [one, two] = [new Types.ObjectId(), new Types.ObjectId()];
const later = new Date(Date.now() + 3_600_000);

before(async () => {
  const common = { role: "user", invitedBy: one, sentAt: new Date(), expiresAt: later, dropAt: later };
  await Invitation.insertMany(
    Array.from({ length: COUNT }, (_, n) => ({
      ...common,
      hash: [digest(`link${n}`)],
      email: `person${n}@example.org`,
      domain: [null, one, two][n % 3],
      acceptedBy: n % 5 ? null : new Types.ObjectId(),
      taken: n === 7 ? { by: one, at: new Date(1) } : null,
    })),
  );
});

type Command = Record<string, unknown>;

/** Returns the highest number of documents that a command of an action examines, according to MongoDB's explain. */
async function examined(act: () => Promise<unknown>): Promise<number> {
  const commands: Command[] = [];
  const note = ({ commandName, command }: { commandName: string; command: Command }) => {
    const isOurs = command[commandName] === "invitations";
    if (isOurs) commands.push(command);
  };
  const client = mongoose.connection.getClient();
  client.on("commandStarted", note);
  await act();
  client.off("commandStarted", note);
  assert.ok(commands.length > 0);
  const plans = await Promise.all(commands.map(explain));
  for (const plan of plans) assert.doesNotMatch(plan, /"stage":"(COLLSCAN|SORT)"/);
  const counts = plans.flatMap((plan) => [...plan.matchAll(/"totalDocsExamined":"?(\d+)/g)].map(([, n]) => Number(n)));
  return Math.max(0, ...counts);
}

async function explain({ lsid: _, $db: _db, $clusterTime: _time, $readPreference: _preference, ...command }: Command) {
  const plan = await mongoose.connection.db?.command({ explain: command, verbosity: "executionStats" });
  const notChosen = ["rejectedPlans", "allPlansExecution"];
  return JSON.stringify(plan, (name, value) => {
    if (notChosen.includes(name)) return undefined;
    return typeof value === "bigint" ? Number(value) : value;
  });
}

const asked: Record<string, [act: () => Promise<unknown>, most: number]> = {
  "a link": [() => Invitation.findOpen("link70"), 1],
  "an unknown link": [() => Invitation.findOpen("x"), 0],
  "whether an email is invited": [() => Invitation.isPending("person70@example.org", String(one)), 1],
  "the first page of all": [() => Invitation.list(null), 21],
  "the first page of two domains": [() => Invitation.list([String(one), String(two)]), 23],
  "a distant page of one domain": [() => Invitation.list([String(one)], "f".repeat(24)), 21],
  "a numbered page": [() => Invitation.list(null, undefined, { size: 5, skip: 10 }), 16],
  "how many there are": [() => Invitation.count(null), 0],
  "how many of one domain there are": [() => Invitation.count([String(one)]), 0],
  "interrupted acceptances": [() => Invitation.listCutOff(), 1],
  "the links of a user who lost a role": [() => Invitation.markOutdated("person70@example.org", one), 1],
};

for (const [what, [act, most]] of Object.entries(asked)) {
  test(`${what}: the query uses an index and examines at most ${most} documents`, async () => {
    assert.ok((await examined(act)) <= most);
  });
}

test("deleting an account deletes the invitations that it accepted", async () => {
  const { acceptedBy } = await Invitation.findOne({ email: "person5@example.org" }).orFail();
  await Invitation.deleteAcceptedBy(acceptedBy ?? new Types.ObjectId());
  assert.equal(await Invitation.countDocuments(), COUNT - 1);
});
