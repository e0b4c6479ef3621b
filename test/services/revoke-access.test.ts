import "../support/environment.js";
import assert from "node:assert/strict";
import { channel } from "node:diagnostics_channel";
import { test } from "node:test";
import mongoose from "mongoose";
import { ApiSession } from "../../src/models/api-session.js";
import { ApiToken } from "../../src/models/api-token.js";
import { AuditEvent } from "../../src/models/audit-event.js";
import { Device } from "../../src/models/device.js";
import { Session } from "../../src/models/session.js";
import { User } from "../../src/models/user.js";
import { readToken } from "../support/api/tokens.js";
import { loggedIn, program } from "../support/api.js";
import { linkIn, mailAbout } from "../support/mailbox.js";
import { fresh, resetLinkFor } from "../support/users/passwords.js";
import { type Member, member, withRole } from "../support/users.js";
import { type Visitor, visitor } from "../support/visitor.js";

type Way = "session" | "remembered" | "program" | "apiToken";
const account = ({ username }: Member) => User.findOne({ username }).orFail();

/** Creates an account, and an intruder who knows the password and has every kind of access. */
async function intruded() {
  const owner = await member();
  const { username, password } = owner;
  const [browser, kept] = [visitor(), visitor()];
  for (const one of [browser, kept])
    assert.equal((await one.submit("/login", { login: username, password, remember: "on" })).status, 303);
  kept.cookies.delete("sid");
  browser.cookies.delete("remember");
  const logIn = await loggedIn(owner);
  const apiToken = await readToken(owner, "account.read");
  return { owner, ways: { browser, kept, logIn, apiToken } };
}
type Intruded = Awaited<ReturnType<typeof intruded>>;

/** Returns the kinds of access that still work. */
async function open({ browser, kept, logIn, apiToken }: Intruded["ways"]): Promise<Way[]> {
  const isIn = async (one: Visitor) => (await one.get("/dashboard")).status === 200;
  const leadsIn: Record<Way, boolean> = {
    session: await isIn(browser),
    remembered: await isIn(kept),
    program: (await logIn.get("/users/me")).status === 200,
    apiToken: (await program(apiToken.token).get("/users/me")).status === 200,
  };
  return (Object.keys(leadsIn) as Way[]).filter((way) => leadsIn[way]);
}

const byAdmin =
  (path: string, fields: Record<string, string> = {}) =>
  async (owner: Member) => {
    const admin = await withRole("superadmin");
    const at = `/admin/users/${(await account(owner)).id}`;
    const page = path === "end-sessions" ? at : `${at}/${path}`;
    assert.equal((await admin.submit(page, fields, `${at}/${path}`)).status, 303);
  };
const press = async (link: string) => assert.equal((await visitor().submit(link, {})).status, 303);
const linkTo = async (email: string, about: RegExp, path: string) => linkIn(await mailAbout(email, about, path), path);

/** Events in the life of an account, and the access that remains afterwards. */
const events: Record<string, { happens: (owner: Member) => Promise<void>; left: Way[] }> = {
  "an admin disables the user": { happens: byAdmin("disable", { reason: "Stolen." }), left: [] },
  "an admin deletes the user": { happens: byAdmin("delete", { reason: "Stolen.", posts: "keep" }), left: [] },
  "an admin ends the sessions": { happens: byAdmin("end-sessions"), left: [] },
  "the owner resets the password": {
    happens: async ({ email }) => {
      assert.equal((await visitor().submit(await resetLinkFor(email), { password: fresh })).status, 303);
    },
    left: [],
  },
  'the owner reports a change with "this wasn\'t me"': {
    happens: async ({ email }) => press(await linkTo(email, /token/i, "/not-me/")),
    left: [],
  },
  "the owner undoes a change of email": {
    happens: async (owner) => {
      const { password: currentPassword } = owner;
      const form = { email: `new-${owner.email}`, currentPassword };
      assert.equal((await owner.submit("/account/email", form)).status, 303);
      await press(await linkTo(owner.email, /address/i, "/email-undo/"));
    },
    left: [],
  },
  "the owner ends all other sessions": {
    happens: async (owner) => {
      assert.equal((await owner.submit("/account/sessions", {}, "/account/sessions/end-others")).status, 303);
    },
    left: ["apiToken"], // each token has its own button, and its owner got an email about it
  },
  "the owner changes the password": {
    happens: async (owner) => {
      const form = { currentPassword: owner.password, password: fresh };
      assert.equal((await owner.submit("/account/password", form)).status, 303);
    },
    left: ["apiToken"], // docs/api.md
  },
};

for (const [event, { happens, left }] of Object.entries(events)) {
  test(`after ${event}, an intruder keeps: ${left.join(", ") || "no access"}`, async () => {
    const { owner, ways } = await intruded();
    const user = await account(owner);
    await happens(owner);
    assert.deepEqual(await open(ways), left);
    if (left.length > 0) return;
    assert.equal(await ApiToken.countDocuments({ user: user._id, revokedAt: null }), 0);
    assert.equal(await ApiSession.countDocuments({ user: user._id, endedAt: null }), 0);
    assert.equal(await Session.countDocuments({ "session.passport.user": user._id }), 0);
    assert.ok(
      (await Device.countDocuments({ user: user._id })) <= 1,
      "only the browser that opened the link may be known",
    );
  });
}

test("ending the sessions of a user who has none writes no audit event", async () => {
  const owner = await member();
  const { _id, id } = await account(owner);
  const admin = await withRole("superadmin");
  const end = () => admin.submit(`/admin/users/${id}`, {}, `/admin/users/${id}/end-sessions`);
  const count = () => AuditEvent.countDocuments({ user: _id, event: "session.ended-by-us" });
  await end();
  assert.equal(await count(), 1);
  await end();
  assert.equal(await count(), 1);
});

test("an API token that an intruder creates while a new password is hashed is revoked by the reset", async (t) => {
  const owner = await member();
  const link = await resetLinkFor(owner.email);
  const { id } = await readToken(owner, "account.read");
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  const duringHash = { createdAt: new Date(Date.now() + 500) };
  await ApiToken.collection.updateOne({ _id: new mongoose.Types.ObjectId(id) }, { $set: duringHash });
  const takeLong = () => t.mock.timers.tick(1_000);
  channel("passwords:task").subscribe(takeLong);
  t.after(() => channel("passwords:task").unsubscribe(takeLong));
  assert.equal((await visitor().submit(link, { password: fresh })).status, 303);
  assert.ok((await ApiToken.collection.findOne({ _id: new mongoose.Types.ObjectId(id) }))?.revokedAt);
});
