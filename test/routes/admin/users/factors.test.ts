import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { User } from "../../../../src/models/user.js";
import { apiMember } from "../../../support/api/users.js";
import { protectedMember } from "../../../support/users/factors.js";
import { member, withRole } from "../../../support/users.js";

const factsOn = (text: string) =>
  (/<dt>Second factors<\/dt><dd>([\s\S]*?)<\/dd>/.exec(text)?.[1] ?? "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
const passkey = { publicKey: "k-k-k", name: "Laptop", addedAt: new Date("2026-01-02T03:04:05Z") };

test("admins see which second factors a user has and since when, but no secret", async () => {
  const [admin, ada] = [await withRole("admin"), await protectedMember()];
  await User.updateOne({ _id: ada.id }, { passkeys: [{ ...passkey, credential: `c-c-c-${ada.id}` }] });
  const { text } = await admin.get(`/admin/users/${ada.id}`);
  assert.match(factsOn(text), /Authenticator app since \d+ \w+ 20\d\d.* Passkey since 2 January 2026/);
  const { authenticator } = await User.findById(ada.id).select("+authenticator.key").orFail();
  for (const secret of [authenticator?.key ?? "", "c-c-c", "k-k-k"]) assert.ok(!text.includes(secret));
  const bob = await member();
  assert.equal(factsOn((await admin.get(`/admin/users/${bob.id}`)).text), "none");
});

test("programs of admins see the same", async () => {
  const [{ api }, ada] = [await apiMember(await withRole("admin")), await protectedMember()];
  await User.updateOne({ _id: ada.id }, { passkeys: [{ ...passkey, credential: `c-c-c-${ada.id}` }] });
  const { body } = await api.get(`/users/${ada.id}`);
  assert.ok(Date.parse(body.secondFactors.authenticatorAddedAt));
  assert.deepEqual(body.secondFactors.passkeysAddedAt, ["2026-01-02T03:04:05.000Z"]);
  const none = { authenticatorAddedAt: null, passkeysAddedAt: [] };
  assert.deepEqual((await api.get(`/users/${(await member()).id}`)).body.secondFactors, none);
});
