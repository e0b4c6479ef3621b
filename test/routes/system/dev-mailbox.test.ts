import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { DevMail } from "../../../src/models/dev-mail.js";
import { newestMail } from "../../support/mailbox.js";
import { signedUp } from "../../support/users.js";
import { visitor } from "../../support/visitor.js";

const { get } = visitor();

test("an empty mailbox shows a message", async () => {
  await DevMail.deleteMany({});
  const page = await get("/dev/mailbox");
  assert.equal(page.status, 200);
  assert.match(page.text, /No emails yet/);
  assert.equal((await get("/dev/mailbox.json")).text, "[]");
});

test("the list and the JSON of the mailbox show the newest email first", async () => {
  const [ada, bob] = [await signedUp(), await signedUp()];
  const mail = await newestMail(bob.email);
  await newestMail(ada.email);
  await DevMail.updateOne({ _id: mail._id }, { at: new Date(Date.now() + 1_000) });
  const page = await get("/dev/mailbox");
  assert.ok(page.text.indexOf(bob.email) < page.text.indexOf(ada.email));
  assert.match(page.text, new RegExp(`href="/dev/mailbox/${mail._id}">Confirm your email address`));
  const [first] = JSON.parse((await get("/dev/mailbox.json")).text);
  assert.deepEqual(Object.keys(first), ["id", "to", "subject", "text", "html", "at"]);
  assert.deepEqual([first.id, first.to, first.text, first.html], [String(mail._id), bob.email, mail.text, mail.html]);
});

test("an email is shown as text with working links, and as HTML in a sandboxed frame", async () => {
  const ada = await signedUp();
  const mail = await newestMail(ada.email);
  const page = await get(`/dev/mailbox/${mail._id}`);
  assert.match(page.text, /<a href="(http:\/\/localhost:3000\/email-confirmation\/[\w-]+)">\1<\/a>/);
  assert.match(page.text, new RegExp(`<iframe [^>]*src="/dev/mailbox/${mail._id}/html"`));
  const policy = "content-security-policy";
  assert.match(page.headers.get(policy) ?? "", /^default-src 'none';.*;style-src 'self';.*;frame-src 'self'$/);
  const frame = await get(`/dev/mailbox/${mail._id}/html`);
  assert.match(frame.headers.get("content-type") ?? "", /^text\/html/);
  assert.equal(frame.headers.get("x-frame-options"), "SAMEORIGIN");
  assert.equal(
    frame.headers.get(policy),
    "default-src 'none';style-src 'unsafe-inline';base-uri 'none';form-action 'none';frame-ancestors 'self';sandbox allow-popups allow-popups-to-escape-sandbox",
  );
  assert.equal(frame.text.replace('<base target="_blank">', ""), mail.html);
});

test("HTML in the text of an email is shown as text", async () => {
  await DevMail.keep("b".repeat(24), {
    to: "<b>@example.org",
    subject: "<i>",
    text: '<s> https://a.example/"><u>',
    html: "<p>",
  });
  const mail = await newestMail("<b>@example.org");
  for (const path of ["/dev/mailbox", `/dev/mailbox/${mail._id}`])
    assert.doesNotMatch((await get(path)).text, /<(b|i|s|u)>/);
});

test("an unknown email gives 404", async () => {
  for (const path of ["nothing", "a".repeat(24), `${"a".repeat(24)}/html`, "nothing/html"])
    assert.equal((await get(`/dev/mailbox/${path}`)).status, 404, path);
});
