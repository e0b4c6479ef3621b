import assert from "node:assert/strict";
import { test } from "node:test";
import { createMailSlots } from "../../src/mail/concurrency.js";
import { until } from "../support/until.js";

const limits = { places: 4, hangsAfterMs: 50, mostHanging: 12 };

/** Creates emails that hang until they are aborted. */
function mails() {
  const begun: string[] = [];
  const send = (domain: string) => (signal: AbortSignal) =>
    new Promise<void>((_done, fail) => {
      begun.push(domain);
      signal.addEventListener("abort", () => fail(signal.reason), { once: true });
    });
  return { begun, send };
}
const quick = async () => undefined;
const outcomes = (sendings: Promise<unknown>[]) =>
  sendings.map((one) => {
    const state = { failed: "" };
    one.catch((error: Error) => {
      state.failed = error.message;
    });
    return state;
  });

test("emails that hang do not delay emails to other domains", async () => {
  const fromAPlace = createMailSlots(limits);
  const { begun, send } = mails();
  outcomes(Array.from({ length: 4 }, () => fromAPlace("hangs.example", send("hangs.example"))));
  await fromAPlace("works.example", quick);
  assert.equal(begun.length, 4);
});

test("at most five emails of a domain hang; the others wait for their next attempt", async () => {
  const fromAPlace = createMailSlots(limits);
  const { begun, send } = mails();
  const states = outcomes(Array.from({ length: 20 }, () => fromAPlace("hangs.example", send("hangs.example"))));
  await until("all emails but those that hang are postponed", () => states.filter(({ failed }) => failed).length >= 12);
  assert.ok(begun.length <= 8, "five hang, and those that started together with the fifth");
  for (const { failed } of states) assert.match(failed, /^$|Other emails to this mail server hang/);
  await fromAPlace("works.example", quick);
});

test("when many domains hang, the oldest emails make room for others", async () => {
  const fromAPlace = createMailSlots(limits);
  const { send } = mails();
  const states = outcomes(Array.from({ length: 20 }, (_, n) => fromAPlace(`d${n}.example`, send(`d${n}.example`))));
  await fromAPlace("works.example", quick);
  await until("the oldest emails are given up", () => states.filter(({ failed }) => failed).length === 8);
  assert.deepEqual(
    states.map(({ failed }) => /does not answer/.test(failed)),
    states.map((_, n) => n < 8),
  );
});

test("an email that is refused fails at once and frees its slot", async () => {
  const fromAPlace = createMailSlots({ ...limits, places: 1, hangsAfterMs: 60_000 });
  const refuse = () => Promise.reject(new Error("refused"));
  for (let n = 0; n < 3; n += 1) await assert.rejects(fromAPlace("a.example", refuse), /refused/);
  await fromAPlace("a.example", quick);
});

test("an email that hangs and is sent later counts as sent", async () => {
  const fromAPlace = createMailSlots(limits);
  let finish: () => void = () => undefined;
  const sending = fromAPlace("slow.example", () => new Promise<void>((done) => (finish = done)));
  await fromAPlace("works.example", quick);
  setTimeout(() => finish(), 100);
  await sending;
});
