import "../support/app.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { createOnceKey } from "../../src/lib/once-keys.js";
import { User } from "../../src/models/user.js";
import { listEvents, press, subjectsTo, tryEveryFailure, type UseCase } from "../support/forms/half-done.js";
import { allJobsDone } from "../support/jobs/waiting.js";
import { askForLink, enterPassword, LOST, letDaysPass, startRecovery } from "../support/users/factor-recovery.js";
import { protectedMember } from "../support/users/factors.js";
import { type Member, withRole } from "../support/users.js";
import { visitor } from "../support/visitor.js";

// The recovery of an account whose second factors are lost.

const read = ({ id }: { id: string }) => User.findById(id).orFail();
const ours = async (ada: { id: string }) =>
  (await listEvents(ada)).filter((event) => event.startsWith("factor-recovery."));
const told = async ({ email }: { email: string }) =>
  (await subjectsTo(email)).filter((subject) => /second factor/.test(subject));

const lost = "You said that you lost your second factor";
const about = "Your second factors are about to be removed";
const begun = ["factor-recovery.asked", "factor-recovery.started"];

const waiting = async () => {
  const ada = await protectedMember();
  await startRecovery(ada);
  await allJobsDone();
  return ada;
};

const asking: UseCase<Awaited<ReturnType<typeof protectedMember>> & { once: string }> = {
  name: "asking for the link after the loss of the second factor",
  prepare: async () => ({ ...(await protectedMember()), once: createOnceKey() }),
  async act(ada, fault) {
    return press(await enterPassword(ada), LOST, { once: ada.once }, { fault, page: "/login" });
  },
  async check(ada) {
    assert.deepEqual(await ours(ada), ["factor-recovery.asked"]);
    assert.deepEqual(await told(ada), [lost]);
  },
};

const starting: UseCase<Awaited<ReturnType<typeof protectedMember>> & { link: string }> = {
  name: "starting the waiting period",
  async prepare() {
    const ada = await protectedMember();
    const link = await askForLink(ada);
    return { ...ada, link };
  },
  act: ({ link }, fault) => press(visitor(), link, {}, { fault, page: "/password-reset" }),
  async check(ada) {
    assert.deepEqual(await ours(ada), begun);
    assert.deepEqual(await told(ada), [lost, about]);
    assert.ok((await read(ada)).factorRecovery?.dueAt);
  },
};

const cancelling: UseCase<Member> = {
  name: "cancelling the waiting period with the banner",
  prepare: waiting,
  act: (ada, fault) => press(ada, "/account/factor-recovery/cancel", {}, { fault }),
  async check(ada) {
    assert.deepEqual(await ours(ada), [
      "factor-recovery.asked",
      "factor-recovery.cancelled",
      "factor-recovery.started",
    ]);
    assert.deepEqual(await told(ada), [lost, about, "Your second factors were not removed"]);
    assert.equal((await read(ada)).factorRecovery, null);
  },
};

const confirming: UseCase<{ ada: Member; boss: Member }> = {
  name: "confirming the recovery of an admin",
  async prepare() {
    const [ada, boss] = [await waiting(), await withRole("superadmin")];
    await (await read(ada)).grantRole({ role: "editor", domain: null });
    return { ada, boss };
  },
  act: ({ ada, boss }, fault) => press(boss, `/admin/users/${ada.id}/confirm-recovery`, {}, { fault }),
  async check({ ada }) {
    assert.deepEqual(await ours(ada), [
      "factor-recovery.asked",
      "factor-recovery.confirmed",
      "factor-recovery.started",
    ]);
    assert.ok((await read(ada)).factorRecovery?.confirmedAt);
  },
};

const finishing: UseCase<Awaited<ReturnType<typeof protectedMember>>> = {
  name: "removing the factors after the waiting period",
  async prepare() {
    const ada = await waiting();
    await letDaysPass(ada, 4);
    return ada;
  },
  async act(ada, fault) {
    const browser = visitor();
    const entered = await browser.submit("/login", { login: ada.username, password: ada.password });
    if (entered.location !== "/login/second-factor") return entered; // the first request has removed them
    return press(browser, `${LOST}/finish`, {}, { fault, page: "/login" });
  },
  async check(ada) {
    assert.deepEqual(await ours(ada), ["factor-recovery.asked", "factor-recovery.finished", "factor-recovery.started"]);
    assert.deepEqual(await told(ada), [lost, about, "Your second factors were removed"].sort());
    const { authenticator, factorRecovery, sessionEpoch } = await read(ada);
    assert.deepEqual([authenticator, factorRecovery, sessionEpoch], [null, null, 2]);
  },
};

test(`interrupted: ${asking.name}`, () => tryEveryFailure(asking));
test(`interrupted: ${starting.name}`, () => tryEveryFailure(starting));
test(`interrupted: ${cancelling.name}`, () => tryEveryFailure(cancelling));
test(`interrupted: ${confirming.name}`, () => tryEveryFailure(confirming));
test(`interrupted: ${finishing.name}`, () => tryEveryFailure(finishing));
