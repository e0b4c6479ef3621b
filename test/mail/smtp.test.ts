import "../support/environment.js";
import assert from "node:assert/strict";
import { after, before, describe, mock, test } from "node:test";
import { SMTPServer } from "smtp-server";
import { allJobsDone, waitingJobs } from "../support/jobs/waiting.js";
import { postOffice } from "../support/mail/smtp-server.js";
import { until } from "../support/until.js";

const office = await postOffice();
process.env.SMTP_URL = office.url;
process.env.MAIL_FROM = "The Gate, Keepers & Sons <gate@example.org>";
process.env.CONTACT_ADDRESS = "Help@Example.org";
const { visitor } = await import("../support/visitor.js");
const { newPerson, signedUp } = await import("../support/users.js");
const { linkIn } = await import("../support/mailbox.js");
const { startJobs, stopJobs } = await import("../../src/jobs/schedule.js");
const { openSmtp } = await import("../../src/mail/smtp.js");
const { usualPace } = await import("../../src/jobs/retry.js");
const { log } = await import("../../src/log.js");
const mail = await import("../../src/mail/index.js");

const jobs = () => waitingJobs("send-mail");
const allSent = () => allJobsDone("send-mail");
const arrived = (address: string, count = 1) =>
  until(`${count} mails to ${address}`, () => office.to(address).length >= count);

before(async () => {
  await stopJobs();
  await startJobs({ ...usualPace, lookEveryMs: 100, pauseBefore: () => 100 });
});
after(() => office.close());

test("an email has one recipient, asks for no automatic reply, and its link works", async () => {
  const ada = await signedUp();
  await arrived(ada.email);
  const [mail] = office.to(ada.email);
  assert.ok(mail);
  assert.deepEqual(mail.from?.value, [{ name: "The Gate, Keepers & Sons", address: "gate@example.org" }]);
  assert.deepEqual([mail.to].flat()[0]?.value, [{ name: "", address: ada.email }]);
  assert.equal(mail.subject, "Confirm your email address · Postern");
  assert.equal(mail.headers.get("auto-submitted"), "auto-generated");
  assert.equal(mail.headers.get("x-auto-response-suppress"), "All");
  assert.deepEqual(mail.replyTo?.value, [{ name: "", address: "help@example.org" }]);
  assert.match(mail.messageId ?? "", /^<[0-9a-f]{24}@localhost>$/);
  assert.ok(typeof mail.html === "string" && !mail.attachments.length && !mail.cc && !mail.bcc);
  const page = await ada.submit(linkIn({ text: mail.text ?? "" }, "/email-confirmation/"), {});
  assert.equal(page.status, 303);
  await allSent();
});

test("every email without a link has a text part, an HTML part, headers against automatic replies, and the contact address", async () => {
  const ada = { username: "ada", email: "every@kinds.example", recoveryEmail: null };
  const actor = { user: null, impersonator: null, ip: "192.0.2.1", agent: "", via: "browser", request: "" } as const;
  const at = new Date("2026-12-08T14:12:30.000Z");
  const sending: Record<string, () => Promise<void>> = {
    alreadyRegistered: () => mail.sendAlreadyRegistered(ada),
    noAccount: () => mail.sendNoAccount(ada.email),
    accountDisabled: () => mail.sendAccountDisabled(ada),
    addressCorrected: () => mail.sendEmailConfirmationCorrected(actor, ada, { isByAdmin: false }),
    tokenRevoked: () => mail.sendApiTokenRevoked(ada, "pst_Ab3x"),
    tokenEnds: () => mail.sendApiTokenExpiring(ada, "pst_Ab3x", at),
    accountDeleted: () => mail.sendDeletionDone(ada, { asAsked: true }),
    exportReady: () => mail.sendExportReady(ada),
    newComment: () => mail.sendNewComment(ada, { commenter: "bob", comment: "a".repeat(24), id: "b".repeat(24) }),
    lockedWithReason: () => mail.sendUserDisabled(ada, "Spam."),
    unlocked: () => mail.sendUserEnabled(ada),
    deletionImposed: () => mail.sendDeletionImposed(ada, at, "Spam."),
    powersChanged: () => mail.sendRolesChanged(ada, { given: ["admin"], taken: [] }),
  };
  for (const send of Object.values(sending)) await send();
  const count = Object.keys(sending).length;
  await arrived(ada.email, count);
  await allSent();
  const mails = office.to(ada.email);
  assert.equal(mails.length, count);
  for (const { subject, text = "", html, headers, replyTo, headerLines } of mails) {
    assert.match(
      String(headerLines.find(({ key }) => key === "content-type")?.line),
      /multipart\/alternative/,
      subject,
    );
    assert.ok(text.startsWith(String(subject).replace(" · Postern", "")) && text.includes("\n-- \n"), subject);
    assert.ok(typeof html === "string" && html.includes("</html>"), subject);
    assert.equal(headers.get("auto-submitted"), "auto-generated");
    assert.equal(headers.get("x-auto-response-suppress"), "All");
    const isOptional = /New comment/.test(String(subject)); // with a button for email programs (RFC 8058)
    const lines = headerLines.filter(({ key }) => key.startsWith("list-unsubscribe")).map(({ line }) => line);
    const address = /\S+\/unsubscribe\/b{24}-[\w-]{32}/.exec(text)?.[0];
    const expected = ["List-Unsubscribe-Post: List-Unsubscribe=One-Click", `List-Unsubscribe: <${address}>`];
    assert.deepEqual(lines.map((line) => line.replace(/\s+/g, " ")).sort(), isOptional ? expected : [], subject);
    assert.equal(replyTo?.value[0]?.address, "help@example.org");
    const words = text.replace(/\s+/g, " ");
    assert.match(words, /Questions\? Reply to this email or write to help@example\.org\.$/);
    assert.doesNotMatch(words, /an administrator of the site|nobody reads/);
  }
  for (const about of [/was disabled/, /is disabled/, /will be deleted/, /Your roles/]) {
    const found = mails.find(({ subject }) => about.test(String(subject)));
    assert.match(found?.text?.replace(/\s+/g, " ") ?? "", /, reply to this email or write to help@example\.org[. ]/);
  }
});

test("no request waits for the mail server", async () => {
  const answer = office.hold();
  const [ada, bob] = [await signedUp(), await signedUp()]; // both have received a 303
  await until("the mail server has received both emails", () => office.held() === 2);
  assert.equal((await visitor().submit("/register", newPerson())).status, 303);
  assert.equal((await visitor().get("/")).status, 200);
  assert.deepEqual([office.to(ada.email).length, office.to(bob.email).length], [0, 0]);
  answer();
  await Promise.all([arrived(ada.email), arrived(bob.email)]);
  await allSent();
});

test("while the mail server is down all emails wait, and each is sent once afterwards", async () => {
  await office.close();
  const people = [await signedUp(), await signedUp(), await signedUp()];
  await until("each was tried twice", async () => {
    const waiting = await jobs();
    return waiting.length === 3 && waiting.every(({ failCount }) => failCount >= 2);
  });
  await office.open();
  for (const { email } of people) await arrived(email);
  await allSent();
  assert.deepEqual(
    people.map(({ email }) => office.to(email).length),
    [1, 1, 1],
  );
});

test("a permanently refused address is not retried, a temporarily refused one is; other emails are not affected", async () => {
  const [gone, full, fine] = [newPerson(), newPerson(), newPerson()];
  office.refused.set(gone.email, 550).set(full.email, 452);
  for (const person of [gone, full, fine]) await signedUp(person);
  await arrived(fine.email);
  await until("the one for now was tried twice", async () => (await jobs()).some(({ failCount }) => failCount >= 2));
  assert.deepEqual(
    (await jobs()).map(({ data }) => data.to),
    [full.email],
  );
  for (const { failReason } of await jobs()) assert.doesNotMatch(failReason, /@/);
  office.refused.clear();
  await arrived(full.email);
  await allSent();
  assert.deepEqual([office.to(gone.email).length, office.to(full.email).length], [0, 1]);
});

test("a permanently refused email is logged as refused, not as sent", async () => {
  const [gone, fine] = [newPerson(), newPerson()];
  office.refused.set(gone.email, 550);
  const [info, warn] = [mock.method(log, "info"), mock.method(log, "warn")];
  const events = (spy: typeof info) =>
    spy.mock.calls
      .map(({ arguments: [about] }) => (about as { event?: string }).event)
      .filter((e) => /^mail\./.test(e ?? ""));
  await signedUp(gone);
  await allSent();
  assert.deepEqual([events(info), events(warn)], [[], ["mail.refused"]]);
  await signedUp(fine);
  await arrived(fine.email);
  await allSent();
  assert.deepEqual([events(info), events(warn)], [["mail.sent"], ["mail.refused"]]);
  mock.restoreAll();
  office.refused.clear();
});

test("no email is lost if the mail server refuses us and not the recipient", async () => {
  office.refused.set("gate@example.org", 550);
  const ada = await signedUp();
  await until("it was tried twice", async () => (await jobs()).some(({ failCount }) => failCount >= 2));
  office.refused.clear();
  await arrived(ada.email);
  await allSent();
});

test("an email with an unknown result is sent again with the same Message-ID, and both links work", async () => {
  office.forget();
  const ada = await signedUp();
  await arrived(ada.email, 2);
  await allSent();
  const [first, second] = office.to(ada.email);
  assert.equal(first?.messageId, second?.messageId);
  const [one, other] = [first, second].map((mail) => linkIn({ text: mail?.text ?? "" }, "/email-confirmation/"));
  assert.notEqual(one, other);
  assert.equal((await visitor().get(other ?? "")).status, 200);
  assert.equal((await ada.submit(one ?? "", {})).status, 303);
  assert.match(
    (await visitor().get(other ?? "")).text,
    /This link has already confirmed/,
    "both links are the same one",
  );
});

describe("a connection to a remote mail server", () => {
  const to = { to: { name: "", address: "ada@example.org" }, subject: "s", text: "t" };
  const elsewhere = (port: number) => openSmtp(new URL(`smtp://0.0.0.0:${port}`)); // this machine, under a name that is not loopback

  test("is refused without TLS", async () => {
    const before = office.received.length;
    await assert.rejects(elsewhere(Number(new URL(office.url).port)).sendMail(to), /STARTTLS|TLS/);
    assert.equal(office.received.length, before);
  });

  test("is refused with an untrusted certificate", async () => {
    const server = new SMTPServer({ authOptional: true }); // has a self-signed certificate
    server.on("error", () => undefined);
    const port = await new Promise<number>((listening) => {
      const { server: own } = server;
      server.listen(0, "127.0.0.1", () => listening((own.address() as { port: number }).port));
    });
    await assert.rejects(elsewhere(port).sendMail(to), /self-signed|self signed|certificate/i);
    await new Promise<void>((closed) => server.close(closed));
  });
});
