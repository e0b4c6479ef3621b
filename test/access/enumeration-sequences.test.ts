import "../support/settings/limits.js";
import "../support/environment.js";
import assert from "node:assert/strict";
import { before, test } from "node:test";
import mongoose from "mongoose";
import { stopJobs } from "../../src/jobs/schedule.js";
import { createOnceKey } from "../../src/lib/once-keys.js";
import { maskedText, wholeAnswer } from "../support/forms/whole-answers.js";
import { isInSample } from "../support/settings/sample.js";
import { PASSWORD, type Someone, someone } from "../support/users/address-kinds.js";
import { anotherNetwork, from } from "../support/users/networks.js";
import { type Page, visitor } from "../support/visitor.js";

// Sends two forms about one email, one after the other. A limit that the first form used up must not make the second
// one reveal anything.

const kinds = ["unknown", "confirmed", "unconfirmed", "disabled", "recovery"] as const;
const times = [1, 6];

let names = 0;
const anotherName = () => {
  names += 1;
  return `seq${String(names).padStart(8, "0")}`;
};

type Stranger = ReturnType<typeof from>;
type Typed = Record<string, string>;
/** Prepares a form about an email; the returned function fills it in and sends it. */
type Form = (who: Someone, stranger: Stranger, typed: Typed) => Promise<() => Promise<Page>>;

/** Logs in a new user in their own network. */
async function loggedIn(kind: "confirmed" | "unconfirmed", typed: Typed) {
  const own = await someone(kind);
  Object.assign(typed, { [`${kind} asker`]: own.username, [`${kind} own`]: own.email });
  const browser = from(own.network);
  assert.equal((await browser.logIn(own.username, PASSWORD)).status, 303);
  return browser;
}

const byApi =
  ({ email, network }: Someone, path: string) =>
  () =>
    visitor().request(`/api/v1${path}`, {
      method: "POST",
      body: JSON.stringify({ email }),
      headers: { "content-type": "application/json", "x-forwarded-for": network },
    });

const forms: Record<string, Form> = {
  registration:
    async ({ email }, stranger, typed) =>
    () => {
      const username = anotherName();
      typed[`name ${Object.keys(typed).length}`] = username;
      return stranger.post("/register", { username, email, password: "a-Wall-of-old-stones" });
    },
  reset:
    async ({ email }, stranger) =>
    () =>
      stranger.post("/password-reset", { email }),
  confirmation:
    async ({ email }, stranger) =>
    () =>
      stranger.post("/email-confirmation", { email }),
  "confirmation by the API": async (who) => byApi(who, "/auth/send-confirmation"),
  "reset by the API": async (who) => byApi(who, "/auth/password-reset"),
  correction: async ({ email }, _stranger, typed) => {
    const browser = await loggedIn("unconfirmed", typed);
    return () => browser.post("/email-confirmation", { email });
  },
  change: async ({ email }, _stranger, typed) => {
    const browser = await loggedIn("confirmed", typed);
    return () => browser.post("/account/email", { email, currentPassword: PASSWORD });
  },
  "recovery email": async ({ email }, _stranger, typed) => {
    const browser = await loggedIn("confirmed", typed);
    return () => browser.post("/account/addresses", { email, currentPassword: PASSWORD });
  },
};

/** Sends the first form several times and the second once, and records all responses and the work behind them. */
async function sequence(kind: (typeof kinds)[number], first: Form, second: Form, repeats: number) {
  const who = await someone(kind);
  const stranger = from(anotherNetwork());
  const typed: Typed = { email: who.email };
  const sendFirst = await first(who, stranger, typed);
  const sendSecond = first === second ? sendFirst : await second(who, stranger, typed);
  const pages: Page[] = [];
  const whole = await wholeAnswer(async () => {
    for (let n = 0; n < repeats; n += 1) pages.push(await sendFirst());
    const last = await sendSecond();
    pages.push(last);
    return last;
  }, typed);
  const answers = pages.map(({ status, text }) => `${status} ${maskedText(text, typed)}`);
  return { ...whole, status: pages.map(({ status }) => status), answers };
}

before(async () => {
  await stopJobs();
  await mongoose.connection.collection("limits").deleteMany({});
});

for (const [firstName, first] of Object.entries(forms)) {
  for (const [secondName, second] of Object.entries(forms).filter(isInSample)) {
    test(`${firstName}, then ${secondName}: the responses are the same for ${kinds.join(", ")}`, async () => {
      await sequence("unknown", first, second, 1); // a warm-up: creates everything that is created only once
      for (const repeats of times) {
        const expected = await sequence("unknown", first, second, repeats);
        assert.ok(expected.commands.length > 0);
        for (const kind of kinds) {
          assert.deepEqual(await sequence(kind, first, second, repeats), expected, `${kind}, ${repeats} times`);
        }
      }
    });
  }
}

/** Forms that are sent again unchanged, with the same once key. */
const again: Record<string, Form> = {
  reset: async ({ email }, stranger) => {
    const once = createOnceKey();
    return () => stranger.post("/password-reset", { email, once });
  },
  confirmation: async ({ email }, stranger) => {
    const once = createOnceKey();
    return () => stranger.post("/email-confirmation", { email, once });
  },
};

for (const [name, form] of Object.entries(again)) {
  test(`${name}, sent again unchanged: one email and one stored link for ${kinds.join(", ")}`, async () => {
    const links = mongoose.connection.collection("tokens");
    const stored = async (kind: (typeof kinds)[number]) => {
      const before = await links.countDocuments();
      return { ...(await sequence(kind, form, form, 3)), links: (await links.countDocuments()) - before };
    };
    const expected = await stored("unknown");
    assert.equal(expected.mails, 1);
    assert.equal(expected.links, 1);
    for (const kind of kinds) assert.deepEqual(await stored(kind), expected, kind);
  });
}
