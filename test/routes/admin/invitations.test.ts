import "../../support/environment.js";
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { config } from "../../../src/config/index.js";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { Domain } from "../../../src/models/domain.js";
import { Invitation } from "../../../src/models/invitation.js";
import { User } from "../../../src/models/user.js";
import { linkIn, mailsTo, newestMail } from "../../support/mailbox.js";
import { findButton, findEntry, invitedBy } from "../../support/users/invitations.js";
import { member, newPerson, withRole } from "../../support/users.js";
import { readToken, visitor } from "../../support/visitor.js";

const LIST = "/admin/invitations";
const account = (username: string) => User.findOne({ username }).orFail();
let domains = 0;

async function newDomain() {
  domains += 1;
  const domain = await Domain.open({ name: `Domain ${domains}`, slug: `domain-${domains}` });
  return { id: String(domain?._id), name: `Domain ${domains}`, slug: `domain-${domains}` };
}

const newcomer = () => {
  const { username, password } = newPerson();
  return { username, password };
};

afterEach(() => {
  config.registration = "open";
});

describe("inviting", () => {
  test("an invitation is sent by email and appears in the list", async () => {
    const ada = await withRole("admin");
    assert.match((await ada.get(LIST)).text, /No invitations yet/);
    const { email } = await invitedBy(ada, { role: "editor" });
    const mail = await newestMail(email);
    assert.match(mail.subject, /^You are invited/);
    const text = mail.text.replace(/\s+/g, " ");
    for (const word of [ada.username, "edit and delete posts of other users", "You can use the invitation once"])
      assert.ok(text.includes(word), word);
    const entry = await findEntry(ada, email);
    assert.match(entry, new RegExp(`Pending Editor by ${ada.username}`));
    const { id } = await account(ada.username);
    const { event, details } = (await AuditEvent.listForUser(id)).events[0] ?? assert.fail();
    assert.equal(event, "invitation.sent");
    assert.ok(
      !JSON.stringify([...Object.entries(details ?? {})]).includes(email),
      "the audit log contains no email addresses",
    );
  });

  test("an invitation form with errors shows them and sends nothing", async () => {
    const ada = await withRole("admin");
    const email = newPerson().email;
    for (const [fields, problem] of [
      [{ email: "no", role: "user" }, /id="email-error"/],
      [{ email, role: "king" }, /id="role-error"/],
      [{ email }, /id="role-error"/],
      [{ email, role: "user", domain: "nowhere" }, /id="domain-error"/],
      [{ email, role: "user", domain: "x".repeat(101) }, /id="domain-error"/],
      [{ email, role: "user", invitedBy: "0".repeat(24) }, /unexpected field/],
    ] as [Record<string, string>, RegExp][]) {
      const page = await ada.submit(LIST, fields);
      assert.equal(page.status, 422, JSON.stringify(fields));
      assert.match(page.text, problem);
    }
    assert.equal(await Invitation.countDocuments({ email }), 0);
    const twice = await ada.send(
      LIST,
      `_csrf=${readToken((await ada.get(LIST)).text)}&email=${email}&role=user&role=admin`,
    );
    assert.equal(twice.status, 422);
  });

  test("an email with an open invitation cannot be invited again, in any spelling", async () => {
    const ada = await withRole("admin");
    const { email } = await invitedBy(ada);
    const again = await ada.submit(LIST, { email: ` ${email.toUpperCase()}`, role: "editor" });
    assert.equal(again.status, 422);
    assert.match(again.text, /already has an invitation/);
    await ada.submit(LIST, {}, await findButton(ada, email, "revoke"));
    assert.equal((await ada.submit(LIST, { email, role: "editor" })).status, 303);
  });

  test("inviting an email does not reveal whether it has an account", async () => {
    const ada = await withRole("admin");
    const bob = await member();
    const { email } = newPerson();
    const answers = [];
    for (const one of [bob.email, email]) {
      const { status, location } = await ada.submit(LIST, { email: one, role: "user" });
      const page = (await ada.get(LIST)).text.replaceAll(one, "THEM");
      answers.push([
        status,
        location,
        page.match(/on its way to THEM/)?.length,
        await findEntry(ada, one).then((e) => e.replaceAll(one, "")),
      ]);
    }
    assert.deepEqual(answers[0], answers[1]);
  });

  test("only superadmins can invite admins and superadmins", async () => {
    const [root, ada] = [await withRole("superadmin"), await withRole("admin")];
    for (const role of ["admin", "superadmin"]) {
      const { email } = newPerson();
      assert.equal((await ada.submit(LIST, { email, role })).status, 403, role);
      assert.equal(await Invitation.countDocuments({ email }), 0);
      const { link } = await invitedBy(root, { role });
      const { username, password } = newcomer();
      assert.equal((await visitor().submit(link, { username, password })).status, 303);
      assert.deepEqual(
        (await account(username)).roles.map((held) => held.role),
        [role],
      );
    }
    assert.doesNotMatch((await ada.get(LIST)).text, /value="superadmin"/);
  });

  test("a user without permission gets 403, and a visitor is sent to the login", async () => {
    const { email } = newPerson();
    for (const who of [await member(), await withRole("editor")]) {
      assert.equal((await who.get(LIST)).status, 403);
      assert.equal((await who.submit("/posts/new", { email, role: "user" }, LIST)).status, 403);
    }
    assert.equal((await visitor().get(LIST)).location, `/login?${new URLSearchParams({ return_to: LIST })}`);
    assert.equal(await Invitation.countDocuments({ email }), 0);
  });

  test("if REGISTRATION is closed, nobody can invite, but the list stays and invitations can be revoked", async () => {
    const ada = await withRole("admin");
    const { email } = await invitedBy(ada);
    const [resend, revoke] = [await findButton(ada, email, "resend"), await findButton(ada, email, "revoke")];
    const _csrf = readToken((await ada.get(LIST)).text);
    config.registration = "closed";
    const page = await ada.get(LIST);
    assert.doesNotMatch(page.text, /name="email"/);
    assert.ok(page.text.includes(email));
    const fresh = newPerson().email;
    assert.equal((await ada.send(LIST, { _csrf, email: fresh, role: "user" })).status, 403);
    assert.equal((await ada.send(resend, { _csrf })).status, 403);
    assert.equal(await Invitation.countDocuments({ email: fresh }), 0);
    assert.equal((await ada.send(revoke, { _csrf })).status, 303);
  });
});

describe("resending and revoking", () => {
  test("resending sends a new link from the current sender, and the old link stays invalid", async () => {
    const [ada, bea] = [await withRole("admin"), await withRole("admin")];
    const { email, link } = await invitedBy(ada, { role: "editor" });
    await Invitation.updateOne({ email }, { expiresAt: new Date(Date.now() - 1) });
    assert.match(await findEntry(ada, email), /^expired|Expired/);
    assert.equal((await bea.submit(LIST, {}, await findButton(bea, email, "resend"))).status, 303);
    const again = linkIn(await newestMail(email, 2), "/invitations/");
    assert.notEqual(again, link);
    assert.equal((await visitor().get(link)).status, 404, "the old link is not valid again");
    assert.equal((await visitor().get(again)).status, 200);
    assert.match(await findEntry(ada, email), new RegExp(`Pending Editor by ${bea.username}`));
    await (await account(ada.username)).disable();
    assert.equal((await visitor().submit(again, newcomer())).status, 303, "the link depends on Bea, who resent it");
  });

  test("revoking an invitation makes its link invalid for good, and a waiting email is not sent", async () => {
    const ada = await withRole("admin");
    const { email, link } = await invitedBy(ada);
    const [revoke, resend] = [await findButton(ada, email, "revoke"), await findButton(ada, email, "resend")];
    assert.equal((await ada.submit(LIST, {}, revoke)).status, 303);
    assert.equal((await visitor().get(link)).status, 404);
    assert.equal((await visitor().submit("/login", newcomer(), link)).status, 404);
    assert.match(await findEntry(ada, email), /Cancelled/);
    assert.equal(await findButton(ada, email, "resend"), "");
    const _csrf = readToken((await ada.get(LIST)).text);
    assert.equal((await ada.send(revoke, { _csrf })).status, 303, "revoking it again changes nothing");
    assert.equal((await ada.send(resend, { _csrf })).status, 409);
    const { _id } = await Invitation.findOne({ email }).orFail();
    assert.equal(await Invitation.revealForMail(String(_id)), null);
    assert.equal((await mailsTo(email)).length, 1);
  });

  test("an accepted invitation can be neither resent nor revoked", async () => {
    const ada = await withRole("admin");
    const { email, link } = await invitedBy(ada);
    const [revoke, resend] = [await findButton(ada, email, "revoke"), await findButton(ada, email, "resend")];
    const { username, password } = newcomer();
    assert.equal((await visitor().submit(link, { username, password })).status, 303);
    assert.match(await findEntry(ada, email), new RegExp(`Accepted .* by ${username}`));
    const _csrf = readToken((await ada.get(LIST)).text);
    for (const path of [revoke, resend]) assert.equal((await ada.send(path, { _csrf })).status, 409, path);
    await User.deleteOne({ username });
    assert.equal((await visitor().get(link)).status, 404, "deleting the account does not make the link valid again");
  });

  test("an invitation is on hold once its sender loses the permission, until another admin resends it", async () => {
    const [root, ada, bea] = [await withRole("superadmin"), await withRole("admin"), await withRole("admin")];
    const { email } = await invitedBy(ada, { role: "editor" });
    const { email: high } = await invitedBy(root, { role: "admin" });
    await (await account(ada.username)).revokeRole({ role: "admin", domain: null });
    assert.match(await findEntry(bea, email), /On hold/);
    assert.equal((await bea.submit(LIST, {}, await findButton(bea, email, "resend"))).status, 303);
    assert.match(await findEntry(bea, email), /Pending/);
    assert.equal(await findButton(bea, high, "resend"), "", "Bea may not grant the role admin");
    const { _id } = await Invitation.findOne({ email: high }).orFail();
    assert.equal((await bea.submit(LIST, {}, `${LIST}/${_id}/resend`)).status, 403);
  });

  test("a malformed id, an unknown field or a missing CSRF token gives an error and changes nothing", async () => {
    const ada = await withRole("admin");
    const { email, link } = await invitedBy(ada);
    const { _id } = await Invitation.findOne({ email }).orFail();
    for (const id of ["0".repeat(24), "x", "%7B%7D", String(_id).slice(1)])
      assert.equal((await ada.submit(LIST, {}, `${LIST}/${id}/revoke`)).status, 404, id);
    assert.equal((await ada.submit(LIST, { all: "1" }, `${LIST}/${_id}/revoke`)).status, 400);
    assert.equal((await ada.send(`${LIST}/${_id}/revoke`, {})).status, 403);
    assert.equal((await visitor().get(link)).status, 200);
  });
});

describe("in domains", () => {
  test("a domain admin can invite into their domain, but cannot see or change other invitations", async () => {
    const [one, two] = [await newDomain(), await newDomain()];
    const [ada, eve] = [await withRole("admin", one.id), await withRole("admin", two.id)];
    const root = await withRole("superadmin");
    const { email, link } = await invitedBy(ada, { role: "editor", domain: one.slug });
    const { email: sites } = await invitedBy(root, { role: "editor" });
    assert.match(await findEntry(ada, email), new RegExp(`Editor, ${one.name}`));
    assert.match(await findEntry(root, email), new RegExp(one.name), "a superadmin sees all invitations");
    const eves = await eve.get(LIST);
    for (const address of [email, sites]) assert.ok(!eves.text.includes(address), "no emails of other invitations");
    assert.ok(!eves.text.includes(one.name), "no name of another domain");
    assert.ok(!(await ada.get(LIST)).text.includes(sites));
    for (const address of [email, sites]) {
      const { _id } = await Invitation.findOne({ email: address }).orFail();
      for (const verb of ["resend", "revoke"])
        assert.equal((await eve.submit(LIST, {}, `${LIST}/${_id}/${verb}`)).status, 404);
    }
    const { username, password } = newcomer();
    assert.equal((await visitor().submit(link, { username, password })).status, 303);
    assert.deepEqual(
      (await account(username)).roles.map(({ role, domain }) => [role, String(domain)]),
      [["editor", one.id]],
    );
    assert.equal((await eve.submit(LIST, { email, role: "user", domain: two.slug })).status, 303);
  });

  test("a domain admin cannot invite into another domain or the site, or with a role that domains do not have", async () => {
    const [one, two] = [await newDomain(), await newDomain()];
    const ada = await withRole("admin", one.id);
    const { email } = newPerson();
    const strange = await ada.submit(LIST, { email, role: "user", domain: two.slug });
    const unknown = await ada.submit(LIST, { email, role: "user", domain: "nowhere" });
    assert.deepEqual([strange.status, unknown.status], [422, 422]);
    const masked = (text: string) =>
      text.replace(/name="(_csrf|once)" value="[^"]+"/g, "").replaceAll(two.slug, "nowhere");
    assert.equal(masked(strange.text), masked(unknown.text), "the page does not reveal which domains exist");
    assert.equal((await ada.submit(LIST, { email, role: "user" })).status, 403);
    assert.equal((await ada.submit(LIST, { email, role: "superadmin", domain: one.slug })).status, 422);
    assert.equal(await Invitation.countDocuments({ email }), 0);
  });

  test("an invitation into a domain names it in the email and on the page, and keeps a higher role that the user has", async () => {
    const one = await newDomain();
    const bob = await withRole("admin", one.id);
    const { link } = await invitedBy(await withRole("admin"), { email: bob.email, domain: one.slug });
    assert.ok((await newestMail(bob.email)).text.includes(one.slug));
    assert.ok((await bob.get(link)).text.includes(one.name));
    assert.equal((await bob.submit(link, {})).status, 303);
    const roles = (await account(bob.username)).roles.map(({ role }) => role);
    assert.ok(roles.includes("admin"), "a domain admin stays one");
  });

  test("an invitation into a deleted domain is invalid and cannot be resent", async () => {
    const one = await newDomain();
    const root = await withRole("superadmin");
    const { email, link } = await invitedBy(root, { domain: one.slug });
    const resend = await findButton(root, email, "resend");
    await Domain.deleteOne({ _id: one.id });
    assert.equal((await visitor().get(link)).status, 404);
    assert.match(await findEntry(root, email), /a deleted organization/);
    assert.equal((await root.submit(LIST, {}, resend)).status, 409);
  });
});

test("the list of invitations is paged, newest first", async () => {
  const root = await withRole("superadmin");
  const { id } = await account(root.username);
  const emails = Array.from({ length: 45 }, () => newPerson().email);
  for (const email of emails) await Invitation.prepare(email, { role: "user", domain: null }, id);
  const seen: string[] = [];
  let path: string | undefined = LIST;
  for (let n = 0; path && n < 3; n += 1) {
    const { text } = await root.get(path);
    seen.push(...[...text.matchAll(/<h3 class="invitation-email">([^<]+)</g)].map(([, email = ""]) => email));
    path = /href="(\/admin\/invitations\?before=[0-9a-f]{24})"/.exec(text)?.[1];
  }
  assert.deepEqual(seen.slice(0, 45), emails.toReversed());
  assert.equal((await root.get(`${LIST}?before=${"0".repeat(24)}`)).status, 200);
});
