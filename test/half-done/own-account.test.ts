import "../support/app.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Device } from "../../src/models/device.js";
import { Export } from "../../src/models/export.js";
import { MailedLink } from "../../src/models/mailed-link.js";
import { User } from "../../src/models/user.js";
import { loggedIn } from "../support/api.js";
import { origin } from "../support/app.js";
import { red, shown } from "../support/avatars/stored.js";
import { type Answer, listEvents, subjectsTo, tryEveryFailure, type UseCase } from "../support/forms/half-done.js";
import { account } from "../support/users/accounts.js";
import { newPerson } from "../support/users.js";

// The calls below /users/me that write more than once. The pages of the same use cases are in account.test.ts and
// addresses.test.ts; programs have other sessions, and answers with a body.

const fresh = "another-Lantern-by-the-sea";
const logins = ["session.started"];

async function programOfMember() {
  const ada = await account();
  return { ...ada, api: await loggedIn(ada) };
}
type Ada = Awaited<ReturnType<typeof programOfMember>>;

/** Returns the response of the API. The OpenAPI document does not need to contain the 503. */
async function answered(asked: Promise<{ status: number; body: unknown }>): Promise<Answer> {
  const unknown = (error: Error) => ({ status: Number(/: (\d{3}) /.exec(error.message)?.[1]), body: error.message });
  const { status, body } = await asked.catch(unknown);
  return { status, location: null, text: JSON.stringify(body) };
}

/** A repeated call can say with this status that the first one was successful. */
const orDone = async (status: number, answer: Promise<Answer>): Promise<Answer> => {
  const found = await answer;
  return found.status === status ? { ...found, status: 204 } : found;
};

const read = ({ id }: { id: string }) => User.findById(id).orFail();
const body = await red();

async function upload({ api }: Ada, headers: Record<string, string> = {}): Promise<Answer> {
  const authorization = `Bearer ${api.tokens.access_token}`;
  const sent = { method: "POST", headers: { authorization, "content-type": "image/png", ...headers }, body };
  const answer = await fetch(`${origin}/api/v1/users/me/avatar`, sent as RequestInit);
  return { status: answer.status, location: null, text: await answer.text() };
}

const useCases: UseCase<Ada>[] = [
  {
    name: "changing a password with an API client",
    prepare: programOfMember,
    // Afterwards the login has ended: the client logs in with the new password.
    act: ({ api, password }, { headers }) =>
      orDone(401, answered(api.post("/users/me/password", { currentPassword: password, password: fresh }, headers))),
    async check(ada) {
      assert.deepEqual(await listEvents(ada, logins), ["password.changed"]);
      assert.equal((await read(ada)).sessionEpoch, 1);
      assert.equal((await (await loggedIn({ ...ada, password: fresh })).get("/users/me")).status, 200);
      assert.equal(
        (await subjectsTo(ada.email)).filter((subject) => subject === "Your password was changed").length,
        1,
      );
    },
  },
  {
    name: "scheduling a deletion with an API client",
    prepare: programOfMember,
    act: ({ api, password }, { headers }) =>
      answered(api.post("/users/me/deletion", { currentPassword: password, posts: "keep" }, headers)),
    async check(ada) {
      assert.deepEqual(await listEvents(ada, logins), ["deletion.planned"]);
      assert.ok((await read(ada)).deletion?.dueAt);
      assert.equal((await ada.api.get("/users/me")).status, 200, "this login stays");
    },
  },
  {
    name: "cancelling a deletion with an API client",
    async prepare() {
      const ada = await programOfMember();
      await (await read(ada)).scheduleDeletion("keep");
      return ada;
    },
    act: ({ api }, { headers }) => answered(api.delete("/users/me/deletion", undefined, headers)),
    async check(ada) {
      assert.deepEqual(await listEvents(ada, logins), ["deletion.cancelled"]);
      assert.equal((await read(ada)).deletion, null);
    },
  },
  {
    name: "logging out all other devices with an API client",
    async prepare() {
      const ada = await programOfMember();
      await loggedIn(ada);
      return ada;
    },
    act: ({ api }, { headers }) => answered(api.delete("/users/me/sessions", undefined, headers)),
    async check(ada) {
      assert.equal((await ada.api.get("/users/me/sessions")).body.data.length, 1);
      assert.deepEqual(await listEvents(ada, logins), ["session.ended-others"]);
    },
  },
  {
    name: "removing all second factors with an API client",
    async prepare() {
      const ada = await programOfMember();
      await User.updateOne({ _id: ada.id }, { authenticator: { key: "x", addedAt: new Date() } });
      return ada;
    },
    // Afterwards the login has ended: the client logs in again.
    act: ({ api }, { headers }) => orDone(401, answered(api.delete("/users/me/factors", undefined, headers))),
    async check(ada) {
      assert.deepEqual(await listEvents(ada, logins), ["factors.reset"]);
      const { authenticator, sessionEpoch } = await read(ada);
      assert.deepEqual([authenticator, sessionEpoch], [null, 1]);
      const about = (await subjectsTo(ada.email)).filter((subject) => /second factors/.test(subject));
      assert.equal(about.length, 1);
    },
  },
  {
    name: "requesting an export with an API client",
    prepare: programOfMember,
    act: ({ api }, { headers }) => answered(api.post("/users/me/export", {}, headers)),
    async check(ada) {
      assert.deepEqual(await listEvents(ada, logins), ["export.asked"]);
      assert.ok((await Export.findNewest(ada.id))?.readyAt);
    },
  },
  {
    name: "uploading an avatar with an API client",
    prepare: programOfMember,
    act: (ada, { headers }) => upload(ada, headers),
    except: {
      outage: "the answer reads the new state; the same picture uploaded again is another upload",
      "lost-outage": "the same picture uploaded again is another upload, and said to be one",
    },
    async check(ada) {
      assert.deepEqual(await listEvents(ada, logins), ["picture.uploaded"]);
      assert.ok((await read(ada)).picture);
    },
  },
  {
    name: "removing an avatar with an API client",
    async prepare() {
      const ada = await programOfMember();
      await shown(await read(ada));
      return ada;
    },
    act: ({ api }, { headers }) => answered(api.delete("/users/me/avatar", undefined, headers)),
    async check(ada) {
      assert.deepEqual(await listEvents(ada, logins), ["picture.removed"]);
      assert.equal((await read(ada)).picture, null);
    },
  },
];
for (const useCase of useCases) test(`interrupted: ${useCase.name}`, () => tryEveryFailure(useCase));

const emailChange: UseCase<Ada & { wanted: string }> = {
  name: "requesting a change of email with an API client",
  prepare: async () => ({ ...(await programOfMember()), wanted: newPerson().email }),
  act: ({ api, password, wanted }, { headers }) =>
    answered(api.post("/users/me/email", { email: wanted, currentPassword: password }, headers)),
  except: { "lost-outage": "the same address entered again is another request, which sends another link" },
  async check(ada) {
    assert.equal(await MailedLink.pendingEmail(await read(ada)), ada.wanted);
    assert.deepEqual(await listEvents(ada, logins), ["email.change-asked"]);
    assert.equal((await subjectsTo(ada.wanted)).length, 1);
  },
};
test(`interrupted: ${emailChange.name}`, () => tryEveryFailure(emailChange));

const ending: UseCase<Ada & { handle: string }> = {
  name: "logging out a device with an API client",
  async prepare() {
    const ada = await programOfMember();
    const other = await loggedIn(ada);
    const { data } = (await other.get("/users/me/sessions")).body;
    return { ...ada, handle: data.find(({ current }: { current: boolean }) => current).handle };
  },
  act: ({ api, handle }, { headers }) =>
    orDone(404, answered(api.delete(`/users/me/sessions/${handle}`, undefined, headers))),
  async check(ada) {
    assert.equal((await ada.api.get("/users/me/sessions")).body.data.length, 1);
    assert.deepEqual(await listEvents(ada, logins), ["session.ended-elsewhere"]);
    assert.equal(await Device.countDocuments({ _id: ada.handle }), 0);
  },
};
test(`interrupted: ${ending.name}`, () => tryEveryFailure(ending));
