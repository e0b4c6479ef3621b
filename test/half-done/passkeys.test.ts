import "../support/app.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { User } from "../../src/models/user.js";
import { listEvents, press, subjectsTo, tryEveryFailure, type UseCase } from "../support/forms/half-done.js";
import { enterPassword } from "../support/users/factor-recovery.js";
import { authenticator, passkeyMember, readOptions } from "../support/users/passkeys.js";
import { member } from "../support/users.js";
import { type Visitor, visitor } from "../support/visitor.js";

// Passkeys: their changes, and the logins with them. Each repetition asks for a new challenge, as the script of the page does.

const HERE = "/account/passkeys";
const STEP = "/login/second-factor";
const since = ["session.started"];
const read = ({ id }: { id: string }) => User.findById(id).orFail();

const withNone = async () => ({ ada: await member(), passkey: authenticator() });

const adding: UseCase<Awaited<ReturnType<typeof withNone>>> = {
  name: "adding a passkey",
  prepare: withNone,
  async act({ ada, passkey }, fault) {
    const page = await ada.get(HERE);
    if (page.status === 303) return page; // the session could not be renewed, so the browser goes to the login
    const { excludeCredentials, ...options } = await readOptions(ada, "register");
    const excluded = (excludeCredentials as { id: string }[]).map(({ id }) => id);
    if (excluded.includes(passkey.id)) return page; // the browser says that the account has it
    const credential = passkey.create(options);
    return press(ada, HERE, { name: "My phone", credential }, { fault, page: HERE });
  },
  async check({ ada, passkey }) {
    const { passkeys, sessionEpoch } = await read(ada);
    assert.deepEqual(
      passkeys.map(({ credential }) => credential),
      [passkey.id],
    );
    assert.equal(sessionEpoch, 1);
    assert.deepEqual(await listEvents(ada, since), ["passkey.added"]);
    assert.deepEqual(await subjectsTo(ada.email), ["A passkey was added"]);
  },
};

async function withOne() {
  const ada = await passkeyMember();
  const [one] = (await read(ada)).passkeys;
  return { ada, at: `${HERE}/${one?._id}` };
}
type WithOne = Awaited<ReturnType<typeof withOne>>;

const renaming: UseCase<WithOne> = {
  name: "renaming a passkey",
  prepare: withOne,
  act: ({ ada, at }, fault) => press(ada, `${at}/rename`, { name: "My desk" }, { fault, page: HERE }),
  async check({ ada }) {
    const { passkeys } = await read(ada);
    assert.deepEqual(
      passkeys.map(({ name }) => name),
      ["My desk"],
    );
    assert.deepEqual(await listEvents(ada, since), ["passkey.added"]);
  },
};

const removing: UseCase<WithOne> = {
  name: "removing a passkey",
  prepare: withOne,
  act: ({ ada, at }, fault) => press(ada, `${at}/remove`, {}, { fault, page: HERE }),
  async check({ ada }) {
    const { passkeys, sessionEpoch } = await read(ada);
    assert.deepEqual([passkeys.length, sessionEpoch], [0, 2]);
    assert.deepEqual(await listEvents(ada, since), ["passkey.added", "passkey.removed"]);
    assert.deepEqual(await subjectsTo(ada.email), ["A passkey was added", "A passkey was removed"]);
  },
};

type LoggingIn = { ada: Awaited<ReturnType<typeof passkeyMember>>; browser: Visitor };

async function logIn({ ada, browser }: LoggingIn, purpose: "login" | "factor", fault: Parameters<UseCase["act"]>[1]) {
  const dashboard = await browser.get("/dashboard");
  if (dashboard.status === 200) return dashboard; // the interrupted request has logged the user in
  if (purpose === "factor" && (await browser.get(STEP)).status !== 200) await enterPassword(ada, browser);
  const credential = ada.passkey.use(await readOptions(browser, purpose));
  const page = purpose === "factor" ? STEP : "/login";
  return press(browser, "/passkeys/login", { credential }, { fault, page });
}

async function isLoggedIn({ ada, browser }: LoggingIn) {
  assert.match((await browser.get("/dashboard")).text, new RegExp(ada.username));
  const { passkeys } = await read(ada);
  assert.ok(passkeys[0]?.lastUsedAt);
  assert.deepEqual(await listEvents(ada, since), ["passkey.added"], "no use counts as that of a copy");
  assert.deepEqual(await subjectsTo(ada.email), ["A passkey was added", "Login from a new device"]);
}

const alone: UseCase<LoggingIn> = {
  name: "logging in with a passkey",
  prepare: async () => ({ ada: await passkeyMember(), browser: visitor() }),
  act: (there, fault) => logIn(there, "login", fault),
  check: isLoggedIn,
};

const sameWrites = "all writes but one are those of a login with a passkey alone";
const second: UseCase<LoggingIn> = {
  name: "using a passkey as the second factor",
  async prepare() {
    const ada = await passkeyMember();
    return { ada, browser: await enterPassword(ada) };
  },
  act: (there, fault) => logIn(there, "factor", fault),
  check: isLoggedIn,
  except: { "not-sent": sameWrites, "lost-outage": sameWrites },
};

test(`interrupted: ${adding.name}`, () => tryEveryFailure(adding));
test(`interrupted: ${renaming.name}`, () => tryEveryFailure(renaming));
test(`interrupted: ${removing.name}`, () => tryEveryFailure(removing));
test(`interrupted: ${alone.name}`, () => tryEveryFailure(alone));
test(`interrupted: ${second.name}`, () => tryEveryFailure(second));
