import "../support/app.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { createOnceKey } from "../../src/lib/once-keys.js";
import { ApiToken } from "../../src/models/api-token.js";
import { Avatar } from "../../src/models/avatar.js";
import { Export } from "../../src/models/export.js";
import { User } from "../../src/models/user.js";
import { makeExport } from "../../src/services/account/export/export.js";
import { program } from "../support/api.js";
import { red, shown } from "../support/avatars/stored.js";
import { attempt, listEvents, press, subjectsTo, tryEveryFailure, type UseCase } from "../support/forms/half-done.js";
import { type Member, member } from "../support/users.js";
import { readToken, visitor } from "../support/visitor.js";

const read = ({ id }: { id: string }) => User.findById(id).orFail();
const createReady = async ({ id }: { id: string }) => ((await Export.findNewest(id))?.readyAt ? 1 : 0);
const started = ["session.started"];
const bytes = await red();

async function upload(ada: Member, headers: Record<string, string> = {}) {
  const form = new FormData();
  form.set("_csrf", readToken((await ada.get("/account/avatar")).text));
  form.set("avatar", new File([bytes as Uint8Array<ArrayBuffer>], "a.png", { type: "image/png" }));
  return ada.request("/account/avatar", { method: "POST", body: form, headers });
}

const useCases: UseCase<Member>[] = [
  {
    name: "changing a password",
    prepare: member,
    act: (ada, fault) =>
      press(ada, "/account/password", { currentPassword: ada.password, password: "another-Sturdy-gate" }, { fault }),
    async check(ada) {
      assert.deepEqual(await listEvents(ada), ["password.changed", "session.started"]);
      assert.deepEqual(await subjectsTo(ada.email), ["Your password was changed"]);
      assert.equal((await read(ada)).sessionEpoch, 1);
    },
  },
  {
    name: "scheduling a deletion",
    prepare: member,
    act: (ada, fault) => press(ada, "/account/deletion", { currentPassword: ada.password, posts: "keep" }, { fault }),
    async check(ada) {
      assert.deepEqual(await listEvents(ada), ["deletion.planned", "session.started"]);
      assert.equal((await subjectsTo(ada.email)).length, 1);
      assert.ok((await read(ada)).deletion?.dueAt);
    },
  },
  {
    name: "cancelling a deletion",
    async prepare() {
      const ada = await member();
      await (await read(ada)).scheduleDeletion("keep");
      return ada;
    },
    act: (ada, fault) => press(ada, "/account/deletion/cancel", {}, { fault }),
    async check(ada) {
      assert.deepEqual(await listEvents(ada), ["deletion.cancelled", "session.started"]);
      assert.equal((await read(ada)).deletion, null);
    },
  },
  {
    name: "requesting an export",
    prepare: member,
    act: (ada, fault) => press(ada, "/account/export", {}, { fault }),
    async check(ada) {
      assert.deepEqual(await listEvents(ada), ["export.asked", "session.started"]);
      assert.equal((await subjectsTo(ada.email)).length, 1);
      assert.equal(await createReady(ada), 1);
    },
  },
  {
    name: "uploading an avatar",
    prepare: member,
    act: (ada, { headers }) => upload(ada, headers),
    except: { "lost-outage": "the same picture uploaded again is another upload, and said to be one" },
    async check(ada) {
      assert.deepEqual(await listEvents(ada), ["picture.uploaded", "session.started"]);
      const user = await read(ada);
      assert.ok(user.picture);
      assert.equal(user.pictureUpload, null);
      assert.equal((await Avatar.listForUser(ada.id)).filter(({ hash }) => hash !== null).length, 1);
    },
  },
  {
    name: "removing an avatar",
    async prepare() {
      const ada = await member();
      await shown(await read(ada));
      return ada;
    },
    act: (ada, fault) => press(ada, "/account/avatar/delete", {}, { fault, page: "/account/avatar" }),
    async check(ada) {
      assert.deepEqual(await listEvents(ada), ["picture.removed", "session.started"]);
      assert.equal((await read(ada)).picture, null);
      assert.equal((await Avatar.listForUser(ada.id)).length, 0);
    },
  },
  {
    name: "saving a profile with a new username",
    prepare: member,
    act: (ada, fault) =>
      press(ada, "/account/profile", { username: `${ada.username}-new`, bio: "Hello.", city: "Ulm" }, { fault }),
    async check(ada) {
      assert.deepEqual(await listEvents(ada), ["session.started", "user.renamed"]);
      const { username, bio, profile } = await read(ada);
      assert.deepEqual([username, bio, profile?.city], [`${ada.username}-new`, "Hello.", "Ulm"]);
    },
  },
  {
    name: "a login with a new browser",
    prepare: member,
    async act(ada, fault) {
      const browser = visitor();
      const _csrf = readToken((await browser.get("/login")).text);
      return browser.send("/login", { _csrf, login: ada.username, password: ada.password }, fault.headers);
    },
    async check(ada) {
      const subjects = new Set(await subjectsTo(ada.email));
      assert.equal(subjects.size, 1, "the user gets this email");
    },
  },
  {
    name: "the first login of an API client",
    prepare: member,
    async act(ada, fault) {
      const login = { username: ada.username, password: ada.password };
      const { status } = await program()
        .post("/auth/login", login, { ...fault.headers, "user-agent": "a-program" })
        .catch(refused);
      return { status, location: null, text: "" };
    },
    async check(ada) {
      assert.equal((await subjectsTo(ada.email)).length, 1, "the user gets one email");
    },
  },
];

const refused = (error: Error) => ({ status: Number(/: (\d{3}) /.exec(error.message)?.[1]) });

for (const useCase of useCases) test(`interrupted: ${useCase.name}`, () => tryEveryFailure(useCase));

const token: UseCase<{ ada: Member; once: string }> = {
  name: "creating an API token",
  prepare: async () => ({ ada: await member(), once: createOnceKey() }),
  act: ({ ada, once }, fault) =>
    press(
      ada,
      "/account/api-tokens",
      { description: "A robot", scopes: "posts.read", expiresInDays: "30", once },
      { fault },
    ),
  async check({ ada }, { text }) {
    assert.deepEqual(await listEvents(ada), ["api-token.made", "session.started"]);
    assert.equal((await subjectsTo(ada.email)).length, 1);
    const [made, ...others] = await ApiToken.listForUser(ada.id);
    assert.deepEqual(others, []);
    const secret = /pst_[0-9A-Za-z]{49}/.exec(text)?.[0] ?? "";
    assert.deepEqual((await ApiToken.findLive(secret))?.token._id, made?._id, "the response contains the secret");
  },
};
test(`interrupted: ${token.name}`, () => tryEveryFailure(token));

const revoked: UseCase<{ ada: Member; id: string }> = {
  name: "revoking an API token",
  async prepare() {
    const ada = await member();
    const wanted = { description: "A robot", scopes: ["posts.read" as const], expiresAt: new Date(Date.now() + 1e9) };
    return { ada, id: String((await ApiToken.issue(ada.id, wanted))?.token._id) };
  },
  act: ({ ada, id }, fault) => press(ada, `/account/api-tokens/${id}/revoke`, {}, { fault }),
  except: { "lost-outage": "whether a token is gone, or gone just now, is the same to who asks for it" },
  async check({ ada }) {
    assert.deepEqual(await listEvents(ada), ["api-token.revoked", "session.started"]);
    assert.equal(await ApiToken.countDocuments({ user: ada.id, revokedAt: null }), 0);
    assert.equal(await ApiToken.countDocuments({ user: ada.id, "outbox.0": { $exists: true } }), 0);
  },
};
test(`interrupted: ${revoked.name}`, () => tryEveryFailure(revoked));

const made: UseCase<{ ada: Member; id: string }> = {
  name: "making an export in its job",
  prepare: async () => {
    const ada = await member();
    return { ada, id: (await Export.ask(ada.id)) ?? "" };
  },
  act: ({ id }, fault) => attempt(fault, () => makeExport({ id })),
  async check({ ada }) {
    assert.deepEqual(await listEvents(ada), started);
    assert.equal((await subjectsTo(ada.email)).length, 1);
    assert.equal(await createReady(ada), 1);
  },
};
test(`interrupted: ${made.name}`, () => tryEveryFailure(made));
