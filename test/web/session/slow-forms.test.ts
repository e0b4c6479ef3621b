import "../../support/environment.js";
import assert from "node:assert/strict";
import { once } from "node:events";
import { type ClientRequest, request } from "node:http";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import mongoose from "mongoose";
import { Session } from "../../../src/models/session.js";
import { User } from "../../../src/models/user.js";
import { readToken as createApiToken } from "../../support/api/tokens.js";
import { origin } from "../../support/app.js";
import { jpeg } from "../../support/avatars/avatars.js";
import { fresh } from "../../support/users/passwords.js";
import { actAs, type Member, member, withRole } from "../../support/users.js";
import { hiddenFields, readToken, type Visitor } from "../../support/visitor.js";

// A form whose body is sent slowly: the user is known as soon as the headers have arrived, and may have lost access before
// the body has. Each row loses access in another way, and sends each form that this user may send.

type Sender = Visitor & { id: string };
const find = ({ id }: { id: string }) => User.findById(id).orFail();

type Sent = { path: string; body: Buffer; type: string };

/**
 * Sends the headers and the first byte of a form, waits until its user was read, and returns what sends the rest.
 * @param token sent instead of the cookies
 */
async function begin(by: Visitor, { path, body, type }: Sent, token?: string) {
  const cookie = [...by.cookies].map((pair) => pair.join("=")).join("; ");
  const proof = token ? { authorization: `Bearer ${token}` } : { cookie, accept: "text/html" };
  const headers = { ...proof, "content-type": type, "content-length": body.length };
  const sent: ClientRequest = request(origin + path, { method: "POST", headers });
  const collection = token ? ".apitokens" : ".sessions";
  const client = mongoose.connection.getClient();
  const isRead = new Promise<void>((resolve) => {
    const listen = ({ reply }: { reply?: { cursor?: { ns?: string } } }) => {
      if (!reply?.cursor?.ns?.endsWith(collection)) return;
      client.off("commandSucceeded", listen);
      resolve();
    };
    client.on("commandSucceeded", listen);
  });
  sent.write(body.subarray(0, 1));
  await isRead;
  await by.get("/healthz"); // the answer to the read has been handled
  return async () => {
    sent.end(body.subarray(1));
    const [answer] = await once(sent, "response");
    return { status: answer.statusCode as number, location: answer.headers.location, text: await text(answer) };
  };
}

const encode = (fields: Record<string, string>) => Buffer.from(new URLSearchParams(fields).toString());
const FORM = "application/x-www-form-urlencoded";

type Form = (by: Sender) => Promise<{ path: string; body: Buffer; type: string; isDone: () => Promise<boolean> }>;
const count = (name: string, which: object) => mongoose.connection.collection(name).countDocuments(which);

const forms: Record<string, Form> = {
  "a role for an accomplice": async (by) => {
    const accomplice = await member();
    const path = `/admin/users/${accomplice.id}/roles`;
    const body = encode({ _csrf: readToken((await by.get(path)).text), roles: "superadmin" });
    return { path, body, type: FORM, isDone: async () => (await find(accomplice)).roles.length > 0 };
  },
  "an API token": async (by) => {
    const page = (await by.get("/account/api-tokens")).text;
    const fields = { ...hiddenFields(page), description: by.id, scopes: "account.read", expiresInDays: "365" };
    const isDone = async () => (await count("apitokens", { description: by.id })) > 0;
    return { path: "/account/api-tokens", body: encode(fields), type: FORM, isDone };
  },
  "a post": async (by) => {
    const _csrf = readToken((await by.get("/posts/new")).text);
    const body = encode({ _csrf, title: by.id, body: "x".repeat(9_000), visibility: "public" });
    return { path: "/posts", body, type: FORM, isDone: async () => (await count("posts", { title: by.id })) > 0 };
  },
  "a picture": async (by) => {
    const form = new FormData();
    form.set("_csrf", readToken((await by.get("/account/avatar")).text));
    form.set("avatar", new File([new Uint8Array(await jpeg())], "me.jpg", { type: "image/jpeg" }));
    const whole = new Response(form);
    const type = whole.headers.get("content-type") ?? "";
    const isDone = async () => (await count("pictures", { user: new mongoose.Types.ObjectId(by.id) })) > 0;
    return { path: "/account/avatar", body: Buffer.from(await whole.arrayBuffer()), type, isDone };
  },
};

type Loss = { from: () => Promise<Member>; lose: (by: Member) => Promise<unknown>; forms?: string[] };
const own = ["an API token", "a post", "a picture"];
const superadmin = async () => {
  await withRole("superadmin"); // another one stays
  return withRole("superadmin");
};

const losses: Record<string, Loss> = {
  "is disabled": { from: superadmin, lose: async (by) => (await find(by)).disable() },
  "has the role revoked": {
    from: superadmin,
    lose: async (by) => (await find(by)).revokeRole({ role: "superadmin", domain: null }),
    forms: ["a role for an accomplice"],
  },
  "is logged out everywhere": { from: superadmin, lose: ({ id }) => Session.endAll(id) },
  "gets a new password": { from: superadmin, lose: async (by) => (await find(by)).setPassword(fresh) },
};

for (const [what, { from, lose, forms: names = Object.keys(forms) }] of Object.entries(losses)) {
  for (const name of names) {
    test(`a user who ${what} before a slow form is complete changes nothing: ${name}`, async () => {
      const by = await from();
      const form = await (forms[name] ?? assert.fail(name))(by);
      const finish = await begin(by, form);
      await lose(by);
      const { status, location, text: page } = await finish();
      assert.ok([303, 401, 403].includes(status), `${status} ${page.slice(0, 300)}`);
      assert.equal(await form.isDone(), false, `${status} ${location}`);
    });
  }
}

test("an admin whose impersonation ends before a slow form is complete changes nothing", async () => {
  const [admin, ada] = [await withRole("admin"), await member()];
  await actAs(admin, ada);
  const form = await (forms["a post"] ?? assert.fail())(admin);
  const finish = await begin(admin, form);
  await (await find(admin)).revokeRole({ role: "admin", domain: null });
  assert.equal((await finish()).status, 403);
  assert.equal(await form.isDone(), false);
});

test("an image that is sent slowly to the API is refused if its user is disabled in the meantime", async () => {
  const ada = await member();
  const { token } = await createApiToken(ada, "account.read", "account.edit");
  const image = { path: "/api/v1/users/me/avatar", body: await jpeg(), type: "image/jpeg" };
  const finish = await begin(ada, image, token);
  await (await find(ada)).disable();
  assert.equal((await finish()).status, 401);
  assert.equal(await count("pictures", { user: new mongoose.Types.ObjectId(ada.id) }), 0);
});

test("a slow form of a user who keeps access is accepted", async () => {
  for (const name of own) {
    const by = await member();
    const form = await (forms[name] ?? assert.fail(name))(by);
    const { status, text: page } = await (await begin(by, form))();
    assert.ok(status < 400, `${status} ${page.slice(0, 300)}`);
    assert.equal(await form.isDone(), true, name);
  }
});
