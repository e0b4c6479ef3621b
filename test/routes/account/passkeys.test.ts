import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Types } from "mongoose";
import { Session } from "../../../src/models/session.js";
import { User } from "../../../src/models/user.js";
import { linkIn, mailAbout } from "../../support/mailbox.js";
import { createCodes } from "../../support/users/factors.js";
import {
  addPasskey,
  askOptions,
  authenticator,
  passkeyMember,
  readOptions,
  type Unusual,
  usePasskey,
} from "../../support/users/passkeys.js";
import { member } from "../../support/users.js";
import { unescaped, visitor } from "../../support/visitor.js";

const HERE = "/account/passkeys";
const listIds = async ({ id }: { id: string }) =>
  (await User.findById(id).orFail()).passkeys.map((one) => String(one._id));

test("the first passkey ends other sessions, leads to recovery codes, and is reported to the owner", async () => {
  const ada = await member();
  const other = visitor();
  await other.submit("/login", { login: ada.username, password: ada.password });
  const credential = authenticator().create(await readOptions(ada, "register"));
  const page = await ada.submit(HERE, { name: "My phone", credential });
  assert.deepEqual([page.status, page.location], [303, "/account/factors/recovery-codes"]);
  assert.equal((await other.get("/dashboard")).status, 303);
  const list = await ada.get(HERE);
  assert.match(list.text, /My phone/);
  assert.match(list.text, /Only on one device/);
  assert.match(list.text, /Never used/);
  await mailAbout(ada.email, /A passkey was added/);
  assert.match((await ada.get("/account/activity")).text, /You added a passkey/);
});

const internal = ["internal", "hybrid"];
for (const [transports, isSynced, kind, place] of [
  [internal, true, "Phone, computer or password manager", "Can be synced to your other devices"],
  [internal, false, "Phone, computer or password manager", "Only on one device"],
  [["usb", "nfc"], false, "Security key", "Only on one device"],
  [["hybrid"], true, "Phone", "Can be synced to your other devices"],
  [[], false, "Unknown kind of device", "Only on one device"],
] as const) {
  test(`a passkey with [${transports}], synced: ${isSynced}, is listed as "${kind}", "${place}"`, async () => {
    const ada = await passkeyMember();
    const $set = { "passkeys.0.transports": transports, "passkeys.0.isSynced": isSynced };
    await User.collection.updateOne({ _id: new Types.ObjectId(ada.id) }, { $set });
    const facts = [...(await ada.get(HERE)).text.matchAll(/<span>([^<]+)<\/span>/g)].map(([, text]) => text);
    assert.ok(facts.includes(kind) && facts.includes(place), facts.join());
  });
}

test("a passkey gets the name of the device if the user chooses none", async () => {
  const ada = await member();
  await addPasskey(ada, { name: "" });
  assert.match((await ada.get(HERE)).text, /<h2 class="factor-name" dir="auto">[^<]+</);
});

const unusual: Record<string, Unusual> = {
  "without a PIN or a fingerprint": { isVerified: false },
  "from another origin": { origin: "https://evil.example" },
  "for another site": { rpId: "evil.example" },
  "made in a frame of another site": { crossOrigin: true },
  "made in a frame": { topOrigin: "https://evil.example" },
  "that was used, not created": { type: "webauthn.get" },
};
for (const [what, how] of Object.entries(unusual)) {
  test(`a passkey ${what} is not added`, async () => {
    const ada = await member();
    const credential = authenticator().create(await readOptions(ada, "register"), how);
    const page = await ada.submit(HERE, { name: "", credential });
    assert.equal(page.status, 422);
    assert.match(unescaped(page.text), /This passkey couldn't be checked/);
    assert.deepEqual(await listIds(ada), []);
  });
}

test("the options exclude the passkeys that the account has, and hold no personal data", async () => {
  const ada = await passkeyMember();
  const options = await readOptions(ada, "register");
  const excluded = options.excludeCredentials as { id: string }[];
  assert.deepEqual([excluded.map(({ id }) => id), options.attestation], [[ada.passkey.id], "none"]);
  assert.equal(options.user?.id, Buffer.from(ada.id, "hex").toString("base64url"));
});

test("a passkey belongs to one account", async () => {
  const [ada, eve] = [await passkeyMember(), await member()];
  const credential = ada.passkey.create(await readOptions(eve, "register"));
  const page = await eve.submit(HERE, { name: "", credential });
  assert.equal(page.status, 422);
  assert.match(page.text, /already belongs to an account/);
});

test("a challenge of another account adds nothing", async () => {
  const [ada, eve] = [await member(), await member()];
  const credential = authenticator().create(await readOptions(eve, "register"));
  ada.cookies.set("device", eve.cookies.get("device") ?? "");
  assert.equal((await ada.submit(HERE, { name: "", credential })).status, 422);
});

test("of 20 requests with one challenge, one adds a passkey", async () => {
  const ada = await passkeyMember();
  const options = await readOptions(ada, "register");
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => ada.submit(HERE, { name: "", credential: authenticator().create(options) })),
  );
  assert.equal(answers.filter(({ status }) => status === 303).length, 1);
  assert.equal((await listIds(ada)).length, 2);
});

test("an account has up to 20 passkeys", async () => {
  const ada = await passkeyMember();
  for (let n = 0; n < 18; n++) await addPasskey(ada);
  const challenges = [await readOptions(ada, "register"), await readOptions(ada, "register")];
  const added = challenges.map((one) => ada.submit(HERE, { name: "", credential: authenticator().create(one) }));
  const statuses = (await Promise.all(added)).map(({ status }) => status);
  assert.deepEqual(statuses.sort(), [303, 422]);
  assert.equal((await listIds(ada)).length, 20);
  assert.match((await ada.get(HERE)).text, /as many passkeys as an account can have/);
});

test("a passkey can be renamed by its owner only", async () => {
  const [ada, eve] = [await passkeyMember(), await passkeyMember()];
  const [id] = await listIds(ada);
  const path = `${HERE}/${id}/rename`;
  assert.equal((await eve.submit(HERE, { name: "Mine" }, path)).status, 404);
  assert.equal((await ada.submit(HERE, { name: "x".repeat(61) }, path)).status, 422);
  assert.equal((await ada.submit(HERE, { name: "<b>Laptop</b>" }, path)).status, 303);
  assert.match((await ada.get(HERE)).text, /&lt;b&gt;Laptop&lt;\/b&gt;/);
});

test("a removed passkey no longer logs in, its owner is told, and the recovery codes go with the last factor", async () => {
  const [ada, eve] = [await passkeyMember(), await passkeyMember()];
  await createCodes(ada);
  const [id] = await listIds(ada);
  assert.equal((await eve.submit(HERE, {}, `${HERE}/${id}/remove`)).status, 404);
  const other = visitor();
  await usePasskey(other, ada.passkey);
  assert.equal((await ada.submit(HERE, {}, `${HERE}/${id}/remove`)).status, 303);
  assert.equal((await other.get("/dashboard")).status, 303);
  assert.equal((await ada.get("/dashboard")).status, 200);
  assert.equal((await usePasskey(visitor(), ada.passkey)).status, 401);
  await mailAbout(ada.email, /A passkey was removed/);
  assert.equal((await User.findById(ada.id).orFail()).recoveryCodesMadeAt, null);
});

test("the page tells the browser which passkeys are accepted", async () => {
  const ada = await passkeyMember();
  const second = await addPasskey(ada);
  const read = async () => unescaped(/data-passkey-signal="([^"]+)"/.exec((await ada.get(HERE)).text)?.[1] ?? "{}");
  const { accepted, name } = JSON.parse(await read());
  assert.deepEqual([accepted, name], [[ada.passkey.id, second.id], ada.username]);
  const [id] = await listIds(ada);
  await ada.submit(HERE, {}, `${HERE}/${id}/remove`);
  assert.deepEqual(JSON.parse(await read()).accepted, [second.id]);
});

test("the profile page tells the browser the username, also after it has changed", async () => {
  const [ada, eve] = [await passkeyMember(), await member()];
  const page = await ada.submit("/account/profile", { username: `${ada.username}-2` });
  assert.deepEqual([page.status, page.location], [303, "/account/profile"]);
  const read = (text: string) => unescaped(/data-passkey-signal="([^"]+)"/.exec(text)?.[1] ?? "{}");
  const { name, userId } = JSON.parse(read((await ada.get("/account/profile")).text));
  assert.deepEqual([name, userId], [`${ada.username}-2`, Buffer.from(ada.id, "hex").toString("base64url")]);
  assert.doesNotMatch((await eve.get("/account/profile")).text, /data-passkey-signal/);
});

test("recovery codes stay while another factor is left", async () => {
  const ada = await passkeyMember();
  await addPasskey(ada);
  await createCodes(ada);
  const [id] = await listIds(ada);
  await ada.submit(HERE, {}, `${HERE}/${id}/remove`);
  assert.notEqual((await User.findById(ada.id).orFail()).recoveryCodesMadeAt, null);
});

test("without a password, the last passkey stays, also when two are removed at once", async () => {
  const ada = await passkeyMember();
  const passkeys = [ada.passkey, await addPasskey(ada)];
  await User.updateOne({ _id: ada.id }, { $unset: { passwordHash: 1 } });
  const removed = (await listIds(ada)).map((id) => ada.submit(HERE, {}, `${HERE}/${id}/remove`));
  await Promise.all(removed);
  const left = await listIds(ada);
  assert.equal(left.length, 1);
  const [last] = (await User.findById(ada.id).orFail()).passkeys;
  const passkey = passkeys.find(({ id }) => id === last?.credential) ?? assert.fail();
  const browser = visitor();
  assert.equal((await usePasskey(browser, passkey)).location, "/dashboard");
  assert.match((await browser.get(HERE)).text, /the last passkey can.{1,6}t be removed/);
  await browser.submit(HERE, {}, `${HERE}/${left[0]}/remove`);
  assert.equal((await listIds(ada)).length, 1);
});

test("a login that is not recent gets no challenge for a new passkey", async () => {
  const ada = await member();
  await Session.collection.updateMany({}, { $set: { "session.authenticatedAt": 0 } });
  assert.equal((await askOptions(ada, "register")).status, 403);
});

test("an intruder's passkey goes when the owner says that it wasn't them", async () => {
  const ada = await member();
  const passkey = await addPasskey(ada);
  const link = linkIn(await mailAbout(ada.email, /A passkey was added/, "/not-me/"), "/not-me/");
  const owner = visitor();
  assert.notEqual((await owner.submit(link, {})).status, 404);
  assert.equal((await usePasskey(visitor(), passkey)).status, 401);
  assert.deepEqual(await listIds(ada), []);
});

test("password managers find the page with passkeys", async () => {
  const answer = await visitor().get("/.well-known/passkey-endpoints");
  const { enroll, manage } = JSON.parse(answer.text);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/json/);
  assert.deepEqual(
    [enroll, manage].map((url) => new URL(url).pathname),
    [HERE, HERE],
  );
});
