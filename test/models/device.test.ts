import "../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Types } from "mongoose";
import { createSecret } from "../../src/lib/secrets.js";
import { Device } from "../../src/models/device.js";
import {
  isRemembered,
  reissueRememberToken,
  rememberBrowser,
  verifyRememberToken,
} from "../../src/models/session/remember-me.js";
import { User } from "../../src/models/user.js";
import "../support/database/open.js";

const from = { ip: "127.0.0.1", agent: "x" };
const newUser = () => String(new Types.ObjectId());
let count = 0;
async function person() {
  count += 1;
  const username = `ada${count}`;
  return User.create({ username, email: `${username}@example.org`, emailConfirmedAt: new Date() });
}

test("a user has one device record per browser, and only the first login there counts as new", async () => {
  const [browser, ada, bob] = [createSecret(), newUser(), newUser()];
  const first = await Device.noteLogin(browser, ada, from);
  const again = await Device.noteLogin(browser, ada, { ...from, ip: "127.0.0.2" });
  assert.deepEqual([first.isNew, again.isNew, first.id === again.id], [true, false, true]);
  assert.equal((await Device.findById(first.id))?.ip, "127.0.0.2");
  assert.ok((await Device.noteLogin(browser, bob, from)).isNew);
  assert.deepEqual((await Device.listAccounts(browser)).sort(), [ada, bob].sort());
  assert.deepEqual(await Device.listAccounts(null), []);
  assert.deepEqual(await Device.listAccounts(createSecret()), []);
});

test("20 concurrent logins with a new browser create one record, and only one of them counts as new", async () => {
  const [browser, ada] = [createSecret(), newUser()];
  const results = await Promise.all(Array.from({ length: 20 }, () => Device.noteLogin(browser, ada, from)));
  assert.equal(new Set(results.map(({ id }) => id)).size, 1);
  assert.equal(results.filter(({ isNew }) => isNew).length, 1);
});

test("after 60 logins without cookies, only the 50 most recent devices are kept", async () => {
  const [ada, bob] = [newUser(), newUser()];
  await Device.noteLogin(createSecret(), bob, from);
  const ids: string[] = [];
  for (let n = 0; n < 60; n += 1) ids.push((await Device.noteLogin(createSecret(), ada, from)).id);
  const kept = (await Device.listForUser(ada)).map(({ _id }) => String(_id));
  assert.equal(await Device.countDocuments({ user: ada }), 50);
  assert.deepEqual(new Set(kept), new Set(ids.slice(10)));
  assert.equal((await Device.listForUser(bob)).length, 1);
});

test("users can delete only their own devices", async () => {
  const [ada, eve] = [newUser(), newUser()];
  const { id } = await Device.noteLogin(createSecret(), ada, from);
  assert.equal(await Device.forget(id, eve), null);
  await Device.forgetOthers(eve, undefined);
  assert.ok(await Device.findById(id));
  await Device.forgetOthers(ada, id);
  assert.ok(await Device.findById(id));
  await Device.forgetOthers(ada, undefined);
  assert.equal(await Device.findById(id), null);
});

test("a remember-me secret works once, and concurrent requests get the same successor", async () => {
  const user = await person();
  const { id } = await Device.noteLogin(createSecret(), user.id, from);
  const kept = await rememberBrowser(id, user);
  const found = await Promise.all(Array.from({ length: 20 }, () => verifyRememberToken(kept, from)));
  const next = new Set(found.map((one) => (one.kind === "valid" ? one.rememberToken.secret : one.kind)));
  assert.equal(next.size, 1);
  assert.ok(!next.has(kept.secret) && !next.has("invalid"));
  assert.ok(!(await isRemembered(kept)));
});

test("using a remember-me secret that was replaced twice is reported as reuse and deletes the device", async () => {
  const user = await person();
  const { id } = await Device.noteLogin(createSecret(), user.id, from);
  const first = await rememberBrowser(id, user);
  const second = await verifyRememberToken(first, from);
  assert.ok(second.kind === "valid");
  const third = await verifyRememberToken(second.rememberToken, from);
  assert.ok(third.kind === "valid");
  assert.equal((await verifyRememberToken(first, from)).kind, "reused");
  assert.equal((await verifyRememberToken(third.rememberToken, from)).kind, "invalid");
  assert.equal(await Device.findById(id), null);
});

test("after a change of credentials, a reissued remember-me secret is valid until the original date", async () => {
  const user = await person();
  const { id } = await Device.noteLogin(createSecret(), user.id, from);
  const kept = await rememberBrowser(id, user);
  await User.collection.updateOne({ _id: user._id }, { $inc: { sessionEpoch: 1 } });
  assert.equal((await verifyRememberToken(kept, from)).kind, "invalid");
  const changed = await User.findById(user._id).orFail();
  const next = await reissueRememberToken(kept, changed);
  assert.ok(next);
  assert.deepEqual(next.until, kept.until);
  assert.equal(await reissueRememberToken(kept, changed), null, "a secret is reissued only once");
  assert.equal(
    (await verifyRememberToken(kept, from)).kind,
    "invalid",
    "the replaced secret is invalid, but does not count as reuse",
  );
  assert.equal((await verifyRememberToken(next, from)).kind, "valid");
});

test("a device can be remembered only for its own user", async () => {
  const [ada, eve] = [await person(), await person()];
  const { id } = await Device.noteLogin(createSecret(), ada.id, from);
  const kept = await rememberBrowser(id, eve);
  assert.ok(!(await isRemembered(kept)));
  const own = await rememberBrowser(id, ada);
  assert.equal(await reissueRememberToken(own, eve), null);
});
