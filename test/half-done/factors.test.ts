import "../support/app.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { config } from "../../src/config/index.js";
import { hashRecoveryCode } from "../../src/lib/factors/recovery-codes.js";
import { User } from "../../src/models/user.js";
import { listEvents, press, subjectsTo, tryEveryFailure, type UseCase } from "../support/forms/half-done.js";
import { enterPassword } from "../support/users/factor-recovery.js";
import { addApp, codeFor, createCodes, listCodes, protectedMember } from "../support/users/factors.js";
import { addPasskey } from "../support/users/passkeys.js";
import { type Member, member } from "../support/users.js";

// Changes of second factors. Each raises the session epoch, so a browser whose session could not be renewed is sent to the
// login when it repeats the form.

const STEP = "/login/second-factor";
const since = ["session.started"];
const isAbout = (start: string) => (subject: string) => subject.startsWith(start);
const read = ({ id }: { id: string }) => User.findById(id).orFail();

async function withKey() {
  const ada = await member();
  const page = await ada.get("/account/factors/authenticator");
  return { ada, key: /<code id="key">([A-Z2-7 ]+)</.exec(page.text)?.[1] ?? assert.fail(page.text) };
}

async function withApp(): Promise<{ ada: Member }> {
  const ada = await member();
  await addApp(ada);
  return { ada };
}

async function withPasskey(): Promise<{ ada: Member }> {
  const ada = await member();
  await addPasskey(ada);
  return { ada };
}

/** Prepares a login that waits for the second factor, and the recovery codes of the account. */
async function atSecondStep() {
  const ada = await protectedMember();
  const codes = await createCodes(ada);
  return { ada, codes, browser: await enterPassword(ada), used: 0 };
}

const readCodes = async ({ id }: { id: string }) =>
  (await User.findById(id).select("+recoveryCodes").orFail()).recoveryCodes ?? [];

const useCases = [
  {
    name: "adding an authenticator app",
    prepare: withKey,
    act: ({ ada, key }, fault) => press(ada, "/account/factors/authenticator", { code: codeFor(key) }, { fault }),
    async check({ ada }) {
      const user = await read(ada);
      assert.ok(user.authenticator);
      assert.equal(user.sessionEpoch, 1);
      assert.deepEqual(await listEvents(ada, since), ["authenticator.added"]);
      assert.deepEqual(await subjectsTo(ada.email), ["An authenticator app was added"]);
    },
  } satisfies UseCase<Awaited<ReturnType<typeof withKey>>>,
  {
    name: "removing an authenticator app",
    prepare: withApp,
    act: ({ ada }, fault) => press(ada, "/account/factors/authenticator/remove", {}, { fault }),
    async check({ ada }) {
      const user = await read(ada);
      assert.equal(user.authenticator, null);
      assert.equal(user.sessionEpoch, 2);
      assert.deepEqual(await listEvents(ada, since), ["authenticator.added", "authenticator.removed"]);
      assert.deepEqual(await subjectsTo(ada.email), [
        "An authenticator app was added",
        "Your authenticator app was removed",
      ]);
    },
  } satisfies UseCase<Awaited<ReturnType<typeof withApp>>>,
  {
    name: "removing the password",
    prepare: withPasskey,
    act: ({ ada }, fault) => press(ada, "/account/password/remove", {}, { fault }),
    async check({ ada }) {
      const user = await User.findById(ada.id).select("+passwordHash").orFail();
      assert.equal(user.passwordHash, undefined);
      assert.equal(user.sessionEpoch, 2);
      assert.deepEqual(await listEvents(ada, since), ["passkey.added", "password.removed"]);
      assert.deepEqual(await subjectsTo(ada.email), ["A passkey was added", "Your password was removed"]);
    },
  } satisfies UseCase<Awaited<ReturnType<typeof withPasskey>>>,
  {
    name: "creating recovery codes",
    prepare: withApp,
    act: ({ ada }, fault) => press(ada, "/account/factors/recovery-codes", {}, { fault }),
    async check({ ada }, { text }) {
      const shown = listCodes(text).map((code) => hashRecoveryCode(code, config.factorKeys[0] ?? "", ada.id));
      assert.equal(shown.length, 10);
      assert.deepEqual(await readCodes(ada), shown, "the codes that the user sees are the valid ones");
      // A repeated form creates another set, because the first one cannot be shown again.
      const events = await listEvents(ada, [...since, "authenticator.added"]);
      assert.ok([1, 2].includes(events.length));
      assert.deepEqual(
        events,
        events.map(() => "recovery-codes.created"),
      );
      assert.equal((await subjectsTo(ada.email)).filter(isAbout("New recovery codes")).length, events.length);
    },
  } satisfies UseCase<Awaited<ReturnType<typeof withApp>>>,
  {
    name: "logging in with a recovery code",
    prepare: atSecondStep,
    async act(there, fault) {
      const { ada, browser, codes } = there;
      const dashboard = await browser.get("/dashboard");
      if (dashboard.status === 200) return dashboard; // the interrupted request has logged the user in
      if ((await browser.get(STEP)).status !== 200) await enterPassword(ada, browser);
      // A code that the interrupted request used up works no more; the user enters the next one.
      there.used = 10 - (await readCodes(ada)).length;
      return press(browser, "/login/recovery", { recoveryCode: codes[there.used] ?? "" }, { fault, page: STEP });
    },
    async check({ ada, browser, used }) {
      assert.equal((await browser.get("/dashboard")).status, 200);
      assert.equal((await readCodes(ada)).length, 10 - used - 1);
      assert.ok(used <= 1);
      const uses = Array.from({ length: used + 1 });
      const events = await listEvents(ada, [...since, "authenticator.added", "recovery-codes.created"]);
      assert.deepEqual(
        events,
        uses.map(() => "recovery-code.used"),
      );
      const subjects = await subjectsTo(ada.email);
      assert.equal(subjects.filter(isAbout("A recovery code was used")).length, uses.length);
      assert.equal(subjects.filter(isAbout("Login from a new device")).length, 1);
    },
  } satisfies UseCase<Awaited<ReturnType<typeof atSecondStep>>>,
];

for (const useCase of useCases) test(`interrupted: ${useCase.name}`, () => tryEveryFailure(useCase as UseCase));
