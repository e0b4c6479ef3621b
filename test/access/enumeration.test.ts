import "../support/settings/costly.js";
import "../support/settings/limits.js";
import "../support/environment.js";
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startJobs, stopJobs } from "../../src/jobs/schedule.js";
import { DevMail } from "../../src/models/dev-mail.js";
import { factorFlows } from "../support/forms/factor-flows.js";
import { type Flow, flows } from "../support/forms/public-flows.js";
import { shuffled, toldApart } from "../support/forms/separation.js";
import { maskedText, wholeAnswer } from "../support/forms/whole-answers.js";
import { allJobsDone } from "../support/jobs/waiting.js";
import { isInSample } from "../support/settings/sample.js";
import { someone } from "../support/users/address-kinds.js";

// Neither a response nor the work behind it reveals which emails have accounts, or the state of an account
// (ASVS V6.3.8).

const ROUNDS = 30;

/** Returns the whole response, and the page that it redirects to. */
async function getAnswer({ fillIn }: Flow, kind: Flow["kinds"][number]) {
  const { send, open, typed } = await fillIn(await someone(kind));
  let location = "";
  const answer = await wholeAnswer(async () => {
    const page = await send();
    location = page.location ?? "";
    return page;
  }, typed);
  return { ...answer, next: location && maskedText((await open(location)).text, typed) };
}

describe("responses", () => {
  before(stopJobs);
  after(() => startJobs());

  for (const flow of [...flows, ...factorFlows]) {
    const sendsEmails = flow.name === "asking for a new password"; // the test below counts them
    if (!isInSample() && !sendsEmails) continue;
    test(`${flow.name}: the response is the same for ${flow.kinds.join(", ")}`, async () => {
      const [first = "unknown"] = flow.kinds;
      await getAnswer(flow, first); // a warm-up: creates everything that is created only once
      const expected = await getAnswer(flow, first);
      assert.equal(expected.hashes.length, flow.hashes);
      assert.ok(expected.commands.length > 0);
      for (const kind of flow.kinds) assert.deepEqual(await getAnswer(flow, kind), expected, kind);
    });
  }
});

test("every typed address gets exactly one email, whether or not it has an account", async () => {
  await allJobsDone("send-mail");
  const perAddress = await DevMail.aggregate<{ _id: number }>([
    { $group: { _id: "$to", mails: { $sum: 1 } } },
    { $group: { _id: "$mails" } },
  ]);
  assert.deepEqual(
    perAddress.map(({ _id }) => _id),
    [1],
    "every typed address got exactly one email",
  );
});

describe("response times", () => {
  for (const flow of flows.filter(({ timed }) => timed && isInSample())) {
    test(`${flow.name}: the response time does not reveal the kind of account`, async () => {
      assert.deepEqual(await toldApart(() => measureTimes(flow)), {});
    });
  }
});

/** Measures response times in milliseconds, in rounds that send one request for each kind, in random order. */
async function measureTimes({ fillIn, timed: kinds = [] }: Flow): Promise<Map<string, number[]>> {
  const times = new Map(kinds.map((kind) => [kind as string, [] as number[]]));
  for (let n = 0; n < ROUNDS; n += 1) {
    const filled = [];
    for (const kind of kinds) filled.push({ kind, ...(await fillIn(await someone(kind))) });
    for (const { kind, send } of shuffled(filled)) {
      const start = performance.now();
      await send();
      times.get(kind)?.push(performance.now() - start);
    }
  }
  return times;
}
