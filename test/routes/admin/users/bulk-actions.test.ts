import "../../../support/app.js";
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { Types } from "mongoose";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { User } from "../../../../src/models/user.js";
import { mailAbout } from "../../../support/mailbox.js";
import { account } from "../../../support/users/accounts.js";
import { findAccount, sendRaw } from "../../../support/users/passwords.js";
import { crowd } from "../../../support/users/stored.js";
import { type Member, member, withRole } from "../../../support/users.js";
import { visitor } from "../../../support/visitor.js";

const BULK = "/admin/users/bulk";
let admin: Member;
before(async () => {
  admin = await withRole("admin");
});

const getId = async (person: { username: string }) => (await findAccount(person)).id as string;
const decoded = (text: string) => text.replaceAll("&#34;", '"').replaceAll("&amp;", "&");

/** Selects users and an action in the list and confirms it. Returns the message that the list then shows. */
async function act(who: Member, ids: string[], action: string, reason = "") {
  const query = new URLSearchParams([...ids.map((id) => ["ids", id]), ["action", action]]);
  const page = await who.get(`${BULK}?${query}`);
  assert.equal(page.status, 200, page.location ?? "");
  const body = new URLSearchParams([...query, ...(reason ? [["reason", reason]] : [])] as string[][]);
  const answer = await sendRaw(who, `${BULK}?${query}`, String(body));
  assert.equal(answer.status, 303, answer.text);
  return { page: page.text, said: await said(who, answer.location) };
}

async function said(who: Member, path: string | null) {
  return decoded(/class="flash[\s\S]*?<p>([^<]*)<\/p>/.exec((await who.get(path ?? "")).text)?.[1] ?? "");
}

describe("acting on several users at once", () => {
  test("disabling several users logs them out and sends them the reason", async () => {
    const people = [await member(), await member()];
    const ids = await Promise.all(people.map(getId));
    const { page, said } = await act(admin, ids, "disable", "A holiday for all.");
    for (const { username } of people) assert.match(page, new RegExp(`<strong>${username}</strong>`));
    assert.equal(said, `Disabled: ${people.map(({ username }) => username).join(", ")}.`);
    for (const person of people) {
      assert.ok((await findAccount(person)).disabledAt);
      assert.equal((await person.get("/dashboard")).status, 303);
      assert.match((await mailAbout(person.email, /./, "A holiday for all.")).text, /A holiday for all\./);
    }
    const again = await act(admin, ids, "disable", "Once more.");
    assert.match(again.said, /^No changes\. Skipped: .*\(no change needed\)\.$/);
    assert.match((await act(admin, ids, "enable")).said, /^Enabled: /);
    for (const person of people) assert.equal((await findAccount(person)).disabledAt, null);
    const events = await AuditEvent.find({ user: new Types.ObjectId(ids[0]) }).sort({ _id: 1 });
    const own = events.filter(({ actor }) => String(actor) === String(idsOfAdmin));
    assert.deepEqual(
      own.map(({ event }) => event),
      ["user.disabled", "user.enabled"],
    );
  });

  let idsOfAdmin: string;
  before(async () => {
    idsOfAdmin = await getId(admin);
  });

  test("users on whom the admin may not act are skipped, and the message names them", async () => {
    const superadmin = await withRole("superadmin");
    const colleague = await withRole("admin");
    const [plain, editor] = [await account(), await withRole("editor")];
    const ids = await Promise.all([superadmin, plain, admin, colleague, editor].map(getId));
    const { page, said } = await act(admin, ids, "disable", "Tidying up.");
    assert.match(
      page,
      new RegExp(
        `You don't have permission to change ${superadmin.username}, ${admin.username}, ${colleague.username}\\.`,
      ),
    );
    assert.equal(
      said,
      `Disabled: ${plain.username}, ${editor.username}. Skipped: ${superadmin.username}, ${admin.username}, ${colleague.username} (no permission).`,
    );
    for (const person of [superadmin, admin, colleague]) assert.equal((await findAccount(person)).disabledAt, null);
    for (const person of [plain, editor]) assert.ok((await findAccount(person)).disabledAt);
    assert.match((await act(superadmin, [await getId(superadmin)], "disable", "Me.")).said, /no permission/);
  });

  test("ending sessions logs users out, and links are sent only to users who can use them", async () => {
    const person = await member();
    const id = await getId(person);
    await crowd([
      { username: "unproven", emailConfirmedAt: null },
      { username: "locked-out", disabledAt: new Date() },
    ]);
    const others = [await getId({ username: "unproven" }), await getId({ username: "locked-out" })];
    assert.equal((await act(admin, [id], "end-sessions")).said, `Logged out: ${person.username}.`);
    assert.equal((await person.get("/dashboard")).status, 303);
    assert.equal(
      (await act(admin, [id, ...others], "send-confirmation")).said,
      `Confirmation email sent to: unproven. Skipped: ${person.username} (already confirmed); locked-out (disabled).`,
    );
    await mailAbout("unproven@example.org", /onfirm/);
    assert.match((await act(admin, [id, ...others], "send-reset")).said, /Skipped: locked-out \(disabled\)\.$/);
    await mailAbout(person.email, /password/);
  });

  test("a bulk action returns to the list in which the users were selected, and to no other page", async () => {
    const id = await getId(await account());
    const from = async (list: string) => {
      const { location } = await sendRaw(
        admin,
        `${BULK}?ids=${id}&action=end-sessions`,
        String(new URLSearchParams({ ids: id, action: "end-sessions", list })),
      );
      return location;
    };
    assert.equal(
      await from("q=ada&state=disabled&page=newest.after.1.0123456789abcdef01234567"),
      "/admin/users?q=ada&state=disabled&page=newest.after.1.0123456789abcdef01234567",
    );
    for (const list of [
      "",
      "//evil.example",
      "https://evil.example/?q",
      "q[]=x&role=__proto__&next=/x",
      "\r\nSet-Cookie: a=b",
    ])
      assert.equal((await from(list))?.split("?")[0], "/admin/users", list);
  });

  test("a bulk action without the permission gives 403, even if the role was revoked only after the page was opened", async () => {
    const id = await getId(await account());
    for (const who of [await withRole("editor"), await withRole("admin", "d".repeat(24)), await member()]) {
      assert.equal((await who.get(`${BULK}?ids=${id}&action=disable`)).status, 403);
      assert.equal((await who.submit("/posts/new", { ids: id, action: "disable", reason: "x" }, BULK)).status, 403);
    }
    const former = await withRole("admin");
    const open = await former.get(`${BULK}?ids=${id}&action=disable`);
    assert.equal(open.status, 200);
    await (await findAccount(former)).revokeRole({ role: "admin", domain: null });
    const late = await former.submit("/posts/new", { ids: id, action: "disable", reason: "x" }, BULK);
    assert.equal(late.status, 403);
    assert.equal((await User.findById(id).orFail()).disabledAt, null);
  });
});

describe("invalid selections", () => {
  const some = String(new Types.ObjectId());

  test("an empty selection returns to the list with a message", async () => {
    for (const query of [
      "",
      "action=disable",
      `ids=${some}`,
      `ids=${some}&action=explode`,
      "ids=x&action=disable",
      "ids[$ne]=x&action=enable",
    ]) {
      const page = await admin.get(`${BULK}?${query}`);
      assert.equal(page.status, 303, query);
      assert.equal(await said(admin, page.location), "Select at least one user and an action.", query);
    }
  });

  test("an invalid bulk form shows an error and changes nothing", async () => {
    const person = await account();
    const id = await getId(person);
    const many = Array.from({ length: 26 }, () => `ids=${new Types.ObjectId()}`).join("&");
    for (const body of [
      "",
      `ids=${id}`,
      `ids=${id}&action=disable`,
      `ids=${id}&action=disable&reason=`,
      `ids=${id}&action=disable&reason=%20%20`,
      `ids=${id}&action=disable&reason=${"x".repeat(501)}`,
      `ids=${id}&action=disable&reason=a&reason=b`,
      `ids=${id}&action=delete&reason=x`,
      `ids=${id}&action=disable&action=enable&reason=x`,
      `ids=${id}&action=disable&reason=x&role=admin`,
      `ids=${id}&ids=x&action=disable&reason=x`,
      `ids[$ne]=${some}&action=disable&reason=x`,
      `${many}&action=disable&reason=x`,
    ]) {
      const page = await sendRaw(admin, `${BULK}?ids=${id}&action=disable`, body);
      assert.equal(page.status, 422, body);
      assert.match(page.text, /There is a problem/);
    }
    assert.equal((await findAccount(person)).disabledAt, null);
    const again = await sendRaw(admin, `${BULK}?ids=${id}&action=disable`, `ids=${id}&action=disable&reason=`);
    assert.match(again.text, /Enter a reason\. They will see it\./);
    assert.match(again.text, new RegExp(`name="ids" value="${id}"`), "the form keeps the selection");
  });

  test("a user selected twice counts once, and deleted users are ignored", async () => {
    const person = await account();
    await visitor().submit("/login", { login: person.username, password: person.password });
    const id = await getId(person);
    assert.equal((await act(admin, [id, id, some], "end-sessions")).said, `Logged out: ${person.username}.`);
    assert.equal((await act(admin, [some], "end-sessions")).said, "No changes.");
  });

  test("if two admins disable a user at once, one succeeds and the other is informed", async () => {
    const other = await withRole("admin");
    const person = await account();
    const id = await getId(person);
    const both = await Promise.all([admin, other].map((who) => act(who, [id], "disable", "Both of us.")));
    assert.deepEqual(both.map(({ said }) => said.startsWith("Disabled")).sort(), [false, true]);
    assert.equal(await AuditEvent.countDocuments({ user: id, event: "user.disabled" }), 1);
  });
});
