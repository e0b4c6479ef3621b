import assert from "node:assert/strict";
import mongoose from "mongoose";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { finishWaiting } from "../../../src/services/follow-ups.js";
import { type Failing, Fault, type Mode, modes, noFault } from "../database/faults.js";
import { allJobsDone } from "../jobs/waiting.js";
import { mailsTo } from "../mailbox.js";
import { type Page, readToken, type Visitor } from "../visitor.js";

// Tries each prefix of a use case. For each way to fail (test/support/database/faults.ts) and for n = 1, 2, … until nothing failed any more: a fresh fixture;
// the use case, with its n-th write failed; once more, if it was refused with a 5xx; then the jobs. After that it must be done exactly
// once. A row of the table is a use case:
//
//   const useCases: UseCase<{ ada: Member; post: string }>[] = [
//     {
//       name: "a post is deleted",
//       prepare: async () => …,                                        a fresh fixture, at each try
//       act: ({ ada, post }, fault) => press(ada, `${post}/delete`, {}, { fault, page: post }),   may be called twice
//       check: async ({ ada, post }) => {
//         assert.deepEqual(await listEvents(ada, since), ["post.deleted"]);   audit events of that person: exactly these
//         assert.deepEqual(await subjectsTo(ada.email), []);                emails: exactly these
//         …the effect, the counters…
//       },
//     },
//   ];
//   for (const useCase of useCases) test(`interrupted: ${useCase.name}`, () => tryEveryFailure(useCase));
//
// That no outbox holds anything, and that the answer to the repeated request is neither a 4xx nor a 5xx, is checked for every row.

export type Answer = Pick<Page, "status" | "location" | "text">;
export type UseCase<Fixture = unknown> = {
  name: string;
  /** What is there before, made at each try. */
  prepare(): Promise<Fixture>;
  /** Sends the request with `fault.headers`, or does something in `fault.within`. The same is called once more after a 5xx. */
  act(fixture: Fixture, fault: Failing): Promise<Answer>;
  /** Asserts that it was done exactly once. */
  check(fixture: Fixture, answer: Answer): Promise<void>;
  /** Ways to fail that are not tried, with the reason. */
  except?: Partial<Record<Mode, string>>;
};

type Pressing = {
  fault: Failing;
  /** Where the form is, for its token; the dashboard where it does not matter. */
  page?: string;
};

/** Sends a form as a browser does: with a fresh token for forms. A browser that is logged out by then is led to the login instead. */
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

/** Something that is no request, as a use case does it. A failure of the database is an answer like any other. */
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

/** The names of the audit events about a person, or by them, in alphabetical order. */
export async function listEvents(user: { id: string }, but: string[] = []): Promise<string[]> {
  const id = new mongoose.Types.ObjectId(user.id);
  const found = await AuditEvent.collection.find({ $or: [{ user: id }, { actor: id }] }).toArray();
  return found
    .map(({ event }) => String(event))
    .filter((event) => !but.includes(event))
    .sort();
}

/** The subjects of all emails to an address, in alphabetical order. */
export const subjectsTo = async (address: string): Promise<string[]> =>
  (await mailsTo(address)).map(({ subject }) => subject.replace(/ · .*/, "")).sort();

/** Tries each failure of one use case. */
export async function tryEveryFailure<Fixture>(useCase: UseCase<Fixture>): Promise<void> {
  for (const mode of modes.filter((one) => !useCase.except?.[one])) {
    for (let at = 1; await tryFailure(useCase, mode, at); at += 1);
  }
}

/** Whether there was a write to be failed. */
async function tryFailure<Fixture>(useCase: UseCase<Fixture>, mode: Mode, at: number): Promise<boolean> {
  const fixture = await useCase.prepare();
  const fault = new Fault(mode, at);
  const first = await useCase.act(fixture, fault).catch(cutOff);
  fault.end();
  const about = `${useCase.name}, ${mode} at write ${at} of ${fault.writes.join(", ")}; answered ${first.status}`;
  assert.ok(fault.writes.length > 0 || first.status >= 400, `it writes nothing. ${about}`);
  try {
    const answer = first.status >= 500 ? await useCase.act(fixture, noFault) : first;
    assert.ok(
      answer.status < 400,
      `then ${answer.status}: ${/<title>.*<\/title>/.exec(answer.text)?.[0] ?? answer.text}`,
    );
    await settle();
    await useCase.check(fixture, answer);
  } catch (error) {
    if (error instanceof Error) error.message = `${about}\n${error.message}`;
    throw error;
  }
  return fault.hasStruck;
}

/** The connection ended before the answer did: browsers show that, and their users try again. */
function cutOff(error: Error): Answer {
  if (error instanceof TypeError && /terminated|fetch failed/.test(error.message))
    return { status: 599, location: null, text: "" };
  throw error;
}

const later = () => new Date(Date.now() + 3_600_000);

/** Does what is left to do, and waits until no job is waiting. */
async function settle(): Promise<void> {
  await finishWaiting(later());
  await allJobsDone();
  for (const { name } of await mongoose.connection.listCollections())
    assert.deepEqual(
      await mongoose.connection
        .collection(name)
        .find({ "outbox.0": { $exists: true } })
        .toArray(),
      [],
    );
}
