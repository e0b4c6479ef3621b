import assert from "node:assert/strict";
import mongoose from "mongoose";
import { lookForJobs } from "../../../src/jobs/queue.js";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { DevMail } from "../../../src/models/dev-mail.js";
import { finishWaiting } from "../../../src/services/follow-ups.js";
import { type Failing, Fault, type Mode, modes, noFault } from "../database/faults.js";
import { allJobsDone, waitingJobs } from "../jobs/waiting.js";
import { mailsTo } from "../mailbox.js";
import { isInSample, isSampling } from "../settings/sample.js";
import { until } from "../until.js";
import { type Page, readToken, type Visitor } from "../visitor.js";

// Interrupts a use case at every write. For each way to fail (test/support/database/faults.ts) and for n = 1, 2, …
// until no write is left, a test creates a new fixture, runs the use case while its n-th write fails, repeats it after
// a 5xx, and runs the jobs. Then the use case must have been done exactly once. Each row of the table is a use case:
//
//   const useCases: UseCase<{ ada: Member; post: string }>[] = [
//     {
//       name: "deleting a post",
//       prepare: async () => …,                                        a new fixture, for each attempt
//       act: ({ ada, post }, fault) => press(ada, `${post}/delete`, {}, { fault, page: post }),   may be called twice
//       check: async ({ ada, post }) => {
//         assert.deepEqual(await listEvents(ada, since), ["post.deleted"]);   audit events of that user: exactly these
//         assert.deepEqual(await subjectsTo(ada.email), []);                emails: exactly these
//         …the effect, the counters…
//       },
//     },
//   ];
//   for (const useCase of useCases) test(`interrupted: ${useCase.name}`, () => tryEveryFailure(useCase));
//
// Every row also checks that no outbox contains an entry, and that a repeated request gets neither a 4xx nor a 5xx.

export type Answer = Pick<Page, "status" | "location" | "text">;
export type UseCase<Fixture = unknown> = {
  name: string;
  /** Creates the initial state, for each attempt. */
  prepare(): Promise<Fixture>;
  /** Sends the request with `fault.headers`, or runs an action in `fault.within`. Called again after a 5xx. */
  act(fixture: Fixture, fault: Failing): Promise<Answer>;
  /** Asserts that the use case was done exactly once. */
  check(fixture: Fixture, answer: Answer): Promise<void>;
  /** Ways to fail that are not tested, with the reason. */
  except?: Partial<Record<Mode, string>>;
};

type Pressing = {
  fault: Failing;
  /** The page with the form, for its token; the default serves any form. */
  page?: string;
};

/** Sends a form like a browser, with a new token. A browser that is no longer logged in is redirected to the login. */
export async function press(
  by: Visitor,
  action: string,
  fields: Record<string, string>,
  { fault, page = "/account/password" }: Pressing,
): Promise<Answer> {
  const form = await by.get(page);
  if (form.status === 303 && form.location?.split("?")[0] === "/login") return form;
  const _csrf = readToken(form.text);
  return by.send(action, { _csrf, ...fields }, fault.headers);
}

/** Runs an action of a use case without a request. A database failure counts as a response with 503. */
export async function attempt(fault: Failing, act: () => Promise<unknown>): Promise<Answer> {
  try {
    await fault.within(act);
    return { status: 200, location: null, text: "" };
  } catch (error) {
    if (!isOfDatabase(error)) throw error;
    return { status: 503, location: null, text: String(error) };
  }
}

const isOfDatabase = (error: unknown): boolean =>
  error instanceof AggregateError
    ? error.errors.every(isOfDatabase)
    : error instanceof Error && error.name === "MongoNetworkError";

/** Lists the names of the audit events about or by a user, in alphabetical order. */
export async function listEvents(user: { id: string }, but: string[] = []): Promise<string[]> {
  const id = new mongoose.Types.ObjectId(user.id);
  const found = await AuditEvent.collection.find({ $or: [{ user: id }, { actor: id }] }).toArray();
  return found
    .map(({ event }) => String(event))
    .filter((event) => !but.includes(event))
    .sort();
}

/** Lists the subjects of all emails to an address, in alphabetical order. */
export const subjectsTo = async (address: string): Promise<string[]> =>
  (await mailsTo(address)).map(({ subject }) => subject.replace(/ · .*/, "")).sort();

/** Tests each failure of one use case. */
export async function tryEveryFailure<Fixture>(useCase: UseCase<Fixture>): Promise<void> {
  const tested = modes.filter((one) => !useCase.except?.[one]);
  if (isSampling) await trySample(useCase, tested);
  else await tryAll(useCase, tested);
  const all = await mongoose.connection.listCollections();
  const isUnfinished = { "outbox.0": { $exists: true } };
  assert.deepEqual(
    await findIn(
      all.map(({ name }) => name),
      isUnfinished,
    ),
    [],
  );
}

/** Fails each write. The first mode ends with an attempt that has no failure, so the others need none. */
async function tryAll<Fixture>(useCase: UseCase<Fixture>, tested: Mode[]): Promise<void> {
  let writes = Number.POSITIVE_INFINITY;
  for (const mode of tested) {
    for (let at = 1; at <= writes; at += 1) {
      const { hasStruck } = await tryFailure(useCase, mode, at);
      if (!hasStruck) writes = at - 1;
    }
  }
}

/** Tests the use case without a failure, and then with some of the failures. */
async function trySample<Fixture>(useCase: UseCase<Fixture>, tested: Mode[]): Promise<void> {
  const { writes } = await tryFailure(useCase, "not-sent", Number.POSITIVE_INFINITY);
  for (const mode of tested) {
    for (let at = 1; at <= writes.length; at += 1) if (isInSample()) await tryFailure(useCase, mode, at);
  }
}

/** Tests one failure, and returns it: whether there was a write to fail, and the writes. */
async function tryFailure<Fixture>(useCase: UseCase<Fixture>, mode: Mode, at: number): Promise<Fault> {
  await forgetFinished();
  const fixture = await useCase.prepare();
  const fault = new Fault(mode, at);
  const first = await useCase.act(fixture, fault).catch(cutOff);
  fault.end();
  const about = `${useCase.name}, ${mode} at write ${at} of ${fault.writes.join(", ")}; answered ${first.status}`;
  assert.ok(fault.writes.length > 0 || first.status >= 400, `the use case writes nothing. ${about}`);
  try {
    const answer = first.status >= 500 ? await useCase.act(fixture, noFault) : first;
    assert.ok(
      answer.status < 400,
      `the repeated request got ${answer.status}: ${/<title>.*<\/title>/.exec(answer.text)?.[0] ?? answer.text}`,
    );
    await settle();
    await useCase.check(fixture, answer);
  } catch (error) {
    if (error instanceof Error) error.message = `${about}\n${error.message}`;
    throw error;
  }
  return fault;
}

/** Stands for the response if the connection ended before it: browsers show an error, and users try again. */
function cutOff(error: Error): Answer {
  if (error instanceof TypeError && /terminated|fetch failed/.test(error.message))
    return { status: 599, location: null, text: "" };
  throw error;
}

const later = () => new Date(Date.now() + 3_600_000);

/** Finishes all follow-ups, and waits until no job is waiting. */
async function settle(): Promise<void> {
  if ((await listUnfinished()).length > 0) await finishWaiting(later());
  await until("all jobs are done", async () => {
    await retryNow();
    return (await waitingJobs()).length === 0;
  });
  assert.deepEqual(await listUnfinished(), []);
}

/** Runs the jobs that have failed and wait for their next attempt, instead of in half a minute. */
async function retryNow(): Promise<void> {
  for (const { _id, name, failCount, nextRunAt } of await waitingJobs()) {
    if (!failCount || nextRunAt <= new Date()) continue;
    await mongoose.connection.collection("jobs").updateOne({ _id, nextRunAt }, { $set: { nextRunAt: new Date() } });
    await lookForJobs(name);
  }
}

/** Lists the documents whose outbox has an entry, by the index that `finishWaiting` uses for each collection. */
async function listUnfinished(): Promise<unknown[]> {
  const carriers = Object.values(mongoose.models).filter(({ schema }) => schema.path("outbox"));
  const names = carriers.map(({ collection }) => collection.collectionName);
  return findIn(names, { "outbox.at": { $type: "date" } });
}

/** Lists the documents of all these collections that match, by one command: a walk asks this thousands of times. */
async function findIn([first = "users", ...others]: string[], match: object): Promise<unknown[]> {
  const unions = others.map((coll) => ({ $unionWith: { coll, pipeline: [{ $match: match }] } }));
  return mongoose.connection
    .collection(first)
    .aggregate([{ $match: match }, ...unions])
    .toArray();
}

/** Deletes the finished jobs and the emails of earlier attempts: each poll of this one would read them all. */
async function forgetFinished(): Promise<void> {
  await allJobsDone();
  await mongoose.connection.collection("jobs").deleteMany({ repeatInterval: null, nextRunAt: null, lockedAt: null });
  await DevMail.deleteMany();
}
