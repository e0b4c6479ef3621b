import "../support/app.js";
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { MailedLink, type Purpose, purposes } from "../../src/models/mailed-link.js";
import { runRetryable } from "../../src/models/outbox/once.js";
import { User } from "../../src/models/user.js";
import { account } from "../support/users/accounts.js";
import { newPerson } from "../support/users.js";

const HOURS = 3_600_000;
const lifetimes: Record<Purpose, number> = {
  "email-confirmation": 24 * HOURS,
  "password-reset": 1 * HOURS,
  "email-change": 24 * HOURS,
  "email-undo": 72 * HOURS,
  "not-me": 72 * HOURS,
  "recovery-email": 24 * HOURS,
  "factor-recovery": 1 * HOURS,
  "factor-recovery-cancel": 72 * HOURS,
};
const defensive: readonly Purpose[] = ["email-undo", "not-me", "factor-recovery-cancel"];

const person = async () => User.findById((await account()).id).orFail();

async function link(user: User, purpose: Purpose, email = user.email): Promise<string> {
  return (
    (await MailedLink.revealForMail(await MailedLink.issue({ purpose, user, email })))?.secret ?? assert.fail("void")
  );
}

/** Stores what the link to a recovery email adds: the link of another one is no longer recognized as used. */
const add = ({ _id, email }: User) =>
  User.updateOne({ _id }, { $set: { recoveryEmail: { address: email, since: new Date() } } });

describe("each kind of link", () => {
  for (const purpose of purposes) {
    test(`${purpose} link: works once and only for its purpose`, async () => {
      const user = await person();
      const secret = await link(user, purpose);
      for (const other of purposes) {
        const found = await MailedLink.find(secret, other);
        assert.equal(found?.user.id, other === purpose ? user.id : undefined, other);
      }
      assert.equal(await MailedLink.findUsed(secret, purpose), null);
      const { link: id } = (await MailedLink.find(secret, purpose)) ?? assert.fail("void");
      await MailedLink.noteUse(id);
      if (purpose === "recovery-email") await add(user);
      assert.equal(await MailedLink.find(secret, purpose), null);
      assert.equal((await MailedLink.findUsed(secret, purpose))?.user.id, user.id, "the used link is still recognized");
    });

    test(`${purpose} link: exactly one of twenty concurrent changes uses it up`, async () => {
      const user = await person();
      const secret = await link(user, purpose);
      const { link: id } = (await MailedLink.find(secret, purpose)) ?? assert.fail("void");
      const done = await Promise.all(Array.from({ length: 20 }, () => user.endSessions({ link: id })));
      assert.equal(done.filter(Boolean).length, 1);
      assert.equal(await MailedLink.find(secret, purpose), null);
      if (purpose === "recovery-email") await add(user);
      assert.equal((await MailedLink.findUsed(secret, purpose))?.user.id, user.id);
      await MailedLink.noteUse(id);
      await MailedLink.dropOutdated(user._id, 99);
      assert.ok(
        await MailedLink.findUsed(secret, purpose),
        "a used link stays recognizable, in case its form is sent again",
      );
    });

    test(`${purpose} link: stored as a hash, and invalid until its email is written`, async () => {
      const user = await person();
      const id = await MailedLink.issue({ purpose, user, email: user.email });
      const { hash: before } = await MailedLink.findById(id).orFail();
      assert.equal(await MailedLink.find(before[0] ?? "", purpose), null);
      const { secret } = (await MailedLink.revealForMail(id)) ?? assert.fail("void");
      assert.match(secret, /^[\w-]{43}$/);
      const stored = JSON.stringify(await MailedLink.findById(id).lean());
      assert.ok(!stored.includes(secret));
      for (const hash of (await MailedLink.findById(id).orFail()).hash)
        assert.equal(await MailedLink.find(hash, purpose), null);
    });

    test(`${purpose} link: a new password ${defensive.includes(purpose) ? "keeps it valid" : "makes it invalid"}`, async () => {
      const user = await person();
      const secret = await link(user, purpose);
      await user.setPassword("another-Sturdy-gate");
      assert.equal((await MailedLink.find(secret, purpose)) !== null, defensive.includes(purpose));
    });

    test(`${purpose} link: invalid for a disabled or deleted account`, async () => {
      const user = await person();
      const [first, second] = [await link(user, purpose), await link(user, purpose)];
      await user.disable();
      for (const secret of [first, second]) assert.equal(await MailedLink.find(secret, purpose), null);
      const other = await person();
      const secret = await link(other, purpose);
      await other.deleteOne();
      assert.equal(await MailedLink.find(secret, purpose), null);
    });
  }
});

describe("expiry", () => {
  beforeEach(() => mock.timers.enable({ apis: ["Date"], now: Date.now() }));
  afterEach(() => mock.timers.reset());

  for (const purpose of purposes) {
    test(`${purpose} link: valid for exactly ${lifetimes[purpose] / HOURS} hours`, async () => {
      const user = await person();
      const id = await MailedLink.issue({ purpose, user, email: user.email });
      const { secret } = (await MailedLink.revealForMail(id)) ?? assert.fail("void");
      mock.timers.tick(lifetimes[purpose] - 1);
      assert.ok(await MailedLink.find(secret, purpose));
      mock.timers.tick(1);
      assert.equal(await MailedLink.find(secret, purpose), null);
      assert.equal(await MailedLink.find(secret, purpose), null);
      assert.equal(await MailedLink.revealForMail(id), null, "no email is written for an expired link");
    });
  }
});

describe("links requested within one second", () => {
  beforeEach(() => mock.timers.enable({ apis: ["Date"], now: Math.ceil(Date.now() / 1000) * 1000 }));
  afterEach(() => mock.timers.reset());

  for (const purpose of ["email-confirmation", "password-reset"] as const) {
    for (const isInOrder of [true, false]) {
      test(`${purpose} link: only the newest is valid, even if its email is written ${isInOrder ? "last" : "first"}`, async () => {
        const user = await person();
        const ids: string[] = [];
        for (let n = 0; n < 30; n += 1) {
          ids.push(await runRetryable(() => MailedLink.issue({ purpose, user, email: user.email })));
          mock.timers.tick(10);
        }
        for (const id of isInOrder ? ids : [...ids].reverse()) await MailedLink.revealForMail(id);
        const left = (await MailedLink.collection.find({ user: user._id }).toArray()).map(({ _id }) => String(_id));
        assert.deepEqual(left, ids.slice(-1));
      });
    }
  }
});

describe("a pending change of email", () => {
  test("a second request replaces the first one, and the waiting email of the first one gets no secret", async () => {
    const user = await person();
    const [first, second] = [newPerson().email, newPerson().email];
    const waiting = await MailedLink.issue({ purpose: "email-change", user, email: first });
    assert.equal(await MailedLink.pendingEmail(user), first);
    const sealed = await MailedLink.issue({ purpose: "email-change", user, email: second });
    assert.equal(await MailedLink.pendingEmail(user), second);
    assert.equal(await MailedLink.revealForMail(waiting), null);
    const { secret } = (await MailedLink.revealForMail(sealed)) ?? assert.fail("void");
    assert.equal((await MailedLink.find(secret, "email-change"))?.email, second);
  });

  test("after twenty concurrent requests, exactly one change is pending", async () => {
    const user = await person();
    const emails = Array.from({ length: 20 }, () => newPerson().email);
    const ids = await Promise.all(emails.map((email) => MailedLink.issue({ purpose: "email-change", user, email })));
    const sealed = (await Promise.all(ids.map((id) => MailedLink.revealForMail(id)))).filter((one) => one !== null);
    assert.equal(sealed.length, 1);
    const grant = await MailedLink.find(sealed[0]?.secret ?? "", "email-change");
    assert.ok(grant && emails.includes(grant.email));
    await MailedLink.noteUse(grant.link);
    assert.equal(await MailedLink.pendingEmail(user), null);
  });

  test("a new password cancels the pending change", async () => {
    const user = await person();
    await MailedLink.issue({ purpose: "email-change", user, email: newPerson().email });
    await user.setPassword("another-Sturdy-gate");
    assert.equal(await MailedLink.pendingEmail(await User.findById(user.id).orFail()), null);
  });
});

describe("after a change of email", () => {
  test("links to the old email become invalid, except those that undo the change or report an intruder", async () => {
    const user = await person();
    const links = await Promise.all(
      purposes.map(async (purpose) => ({ purpose, secret: await link(user, purpose, user.email) })),
    );
    assert.equal(await user.changeEmail(newPerson().email), "done");
    for (const { purpose, secret } of links) {
      assert.equal((await MailedLink.find(secret, purpose)) !== null, defensive.includes(purpose), purpose);
    }
  });

  test("an undo or not-me link to an email that the account never had is invalid", async () => {
    const user = await person();
    const strangers = newPerson().email;
    for (const purpose of defensive)
      assert.equal(await MailedLink.find(await link(user, purpose, strangers), purpose), null);
  });
});

test("malformed secrets find no link, and values other than text throw a TypeError", async () => {
  const user = await person();
  await link(user, "not-me");
  for (const odd of ["", " ", "null", "undefined", "[object Object]", "$gt", "\0", "x".repeat(10_000)]) {
    assert.equal(await MailedLink.find(odd, "not-me"), null, odd.slice(0, 20));
    assert.equal(await MailedLink.findUsed(odd, "not-me"), null, odd.slice(0, 20));
  }
  for (const odd of [undefined, null, {}, { $gt: "" }, 7]) {
    await assert.rejects(async () => MailedLink.find(odd as never, "not-me"), TypeError);
  }
});

test("a newer link replaces an older one that would be valid for longer, in whichever order they are mailed", async () => {
  for (const isDelayed of [false, true]) {
    const { id } = await account();
    const user = await User.findById(id).orFail();
    const about = { purpose: "password-reset", user, email: user.email } as const;
    const older = await MailedLink.issue({ ...about, lifetimeMs: 7 * 86_400_000 });
    const early = isDelayed ? null : await MailedLink.revealForMail(older);
    await sleep(2);
    const newer = await MailedLink.revealForMail(await MailedLink.issue(about));
    const late = isDelayed ? await MailedLink.revealForMail(older) : null;
    const secret = early?.secret ?? late?.secret;
    if (secret !== undefined) assert.equal(await MailedLink.find(secret, "password-reset"), null);
    assert.ok(await MailedLink.find(newer?.secret ?? "", "password-reset"));
  }
});
