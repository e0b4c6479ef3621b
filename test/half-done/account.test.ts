import "../support/app.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { User } from "../../src/models/user.js";
import { account } from "../support/accounts.js";
import { eventsOf, press, subjectsTo, tryEveryFailure, type UseCase } from "../support/half-done.js";
import { visitor } from "../support/visitor.js";

async function person() {
  const one = await account();
  const browser = visitor();
  const page = await browser.submit("/login", { login: one.username, password: one.password });
  assert.equal(page.status, 303, page.text);
  return { ...one, ...browser };
}
type Person = Awaited<ReturnType<typeof person>>;
const read = ({ id }: Person) => User.findById(id).orFail();

const useCases: UseCase<Person>[] = [
  {
    name: "a password is changed",
    prepare: person,
    act: (ada, fault) =>
      press(ada, "/account/password", { currentPassword: ada.password, password: "another-Sturdy-gate" }, { fault }),
    async check(ada) {
      assert.deepEqual(await eventsOf(ada), ["password.changed", "session.started"]);
      assert.deepEqual(await subjectsTo(ada.email), ["Your password was changed"]);
      assert.equal((await read(ada)).sessionEpoch, 1);
    },
  },
];

for (const useCase of useCases) test(`half done: ${useCase.name}`, () => tryEveryFailure(useCase));
