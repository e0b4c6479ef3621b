import "../support/app.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { User } from "../../src/models/user.js";
import { listEvents, press, subjectsTo, tryEveryFailure, type UseCase } from "../support/forms/half-done.js";
import { addApp, codeFor } from "../support/users/factors.js";
import { addPasskey } from "../support/users/passkeys.js";
import { type Member, member } from "../support/users.js";

// Changes of second factors. Each raises the session epoch, so a browser whose session could not be renewed is sent to the
// login when it repeats the form.

const since = ["session.started"];
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
];

for (const useCase of useCases) test(`interrupted: ${useCase.name}`, () => tryEveryFailure(useCase as UseCase));
