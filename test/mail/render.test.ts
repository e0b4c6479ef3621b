import "../support/environment.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { config } from "../../src/config/index.js";
import { writeMail } from "../../src/mail/render.js";
import { classNames } from "../../src/mail/styles.js";
import { given, listLocals, mails, read } from "../support/mail/views.js";

const own = config.baseUrl.origin;
const listLinks = (html: string) => [...html.matchAll(/href="([^"]*)"/g)].map(([, link]) => link);
/** Returns the links that have a line of their own. */
const lonelyLinks = (text: string) => text.split("\n").filter((line) => /^https?:\/\/\S+$/.test(line));

test("each email view is used by a function, and each function has its view", () => {
  const sent = new Set(
    [...read("src/mail/index.ts").matchAll(/(?:view: |sendToEach\()"([\w-]+)"/g)].map(([, view]) => view),
  );
  assert.deepEqual([...sent].sort(), [...mails].sort());
  assert.ok(mails.length >= 14);
});

for (const name of mails) {
  describe(name, () => {
    const { subject, html, text } = writeMail(name, given);
    const links = listLinks(html);

    test("has a subject without user texts, and a preview text for the inbox", () => {
      assert.match(subject, /^[A-Z][\w -]+ · Postern$/);
      const preview = /<div class="preview"[^>]*>([^<]{20,110})<\/div>/.exec(html)?.[1] ?? assert.fail("no preview");
      assert.ok(!text.includes(preview));
      assert.ok(text.startsWith(subject.replace(" · Postern", "")));
    });

    test("has the same links in HTML and in text, all to our own site", () => {
      assert.deepEqual(lonelyLinks(text), links);
      for (const link of links) assert.ok(link?.startsWith(`${own}/`), link);
      for (const local of listLocals(name)) {
        const link = String(given[local]);
        if (link.startsWith(own)) assert.equal(links.filter((one) => one === link).length, 1, local);
      }
    });

    test("escapes values in HTML", () => {
      if (!listLocals(name).includes("reason")) return;
      assert.ok(html.includes("You sold &lt;umbrellas&gt;, **twice** &amp; [more](x)."), html);
      assert.ok(text.includes("\nYou sold <umbrellas>, **twice** & [more](x).\n"), text);
    });

    test("needs no <style>: elements have inline rules, and <style> contains only media queries", () => {
      const sheets = [...html.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, sheet = ""]) => sheet);
      assert.equal(sheets.length, 2);
      for (const sheet of sheets) {
        assert.match(sheet, /^\s*@media \([\w-]+: \w+\) \{(\s*[^{}]+\{[^{}]+\})+\s*\}\s*$/);
        for (const [rule] of sheet.matchAll(/[\w-]+: [^;{}]+;/g))
          assert.match(rule, /!important;$/, "inline rules take precedence without !important");
      }
      const body = html.slice(html.indexOf("<body"));
      for (const [tag, element, rest = ""] of body.matchAll(/<([a-z]\w*)([^>]*)>/g)) {
        if (/^(h1|p|body)$/.test(element ?? "") || /class=/.test(rest)) assert.match(rest, / style="[^"]+"/, tag);
      }
      const classes = new Set([...body.matchAll(/class="([^"]*)"/g)].map(([, one]) => one));
      assert.deepEqual(
        [...classes].filter((one) => !classNames.includes(one ?? "")),
        [],
      );
    });

    test("says at its end why it was sent, and that replies are not read", () => {
      assert.match(
        text.replace(/\s+/g, " "),
        /-- You're receiving this email because [a-z][\w ]+\. Sent by Postern at localhost:3000\. Please don't reply: nobody reads/,
      );
    });

    test("shows the address of its button as text, for mail programs without buttons", () => {
      const buttons = [...html.matchAll(/class="link" [^>]*href="([^"]*)"/g)].map(([, link]) => link);
      const addresses = [...html.matchAll(/<p class="address"[^>]*>Or open this link:<br>([^<]*)</g)].map(
        ([, link]) => link,
      );
      assert.deepEqual(addresses, buttons);
      assert.ok(buttons.length <= 1, "an email has at most one button");
    });

    test("loads nothing and contains no form", () => {
      assert.doesNotMatch(
        html,
        /<(img|link|script|iframe|object|form|input|svg|video|base)\b|\ssrc=|url\(|@import|\son\w+=/i,
      );
      assert.ok(Buffer.byteLength(html) < 90_000, "Gmail cuts off emails above 102 kB");
    });

    test("a security email says when, with which device and from where, and what to do if it wasn't you", () => {
      if (!listLocals(name).includes("ip")) return;
      assert.match(text, /^When: 24 November 2026 at 14:12 UTC$/m);
      assert.match(text, /^Device: Firefox on Linux$/m);
      assert.match(text, /^IP address: 2001:db8::7$/m);
      assert.match(text, /^Wasn't you\? /m);
      if (name === "email-confirmation-corrected") return; // nobody proved who reads this address, so it gets no link
      assert.match(text, /^Wasn't you\? Open the link and click the button on the page\. (?:This|Your)/m);
      if (name === "factor-recovery-started")
        // its link undoes less, and stays valid for as long as the recovery
        return void assert.match(text, /^Cancel the removal:\nhttp.*\/factor-recovery-cancel\/secret_of-43$/m);
      assert.match(text, /^This wasn't me.*:\nhttp.*\/(not-me|email-undo)\/secret_of-43$/m);
    });
  });
}

test("the emails about a lost second factor name the other admin only to admins; earlier versions queued no such value", () => {
  for (const name of ["factor-recovery", "factor-recovery-started"]) {
    const { needsAdmin: _, ...queued } = given;
    assert.equal(writeMail(name, queued).text, writeMail(name, given).text);
    assert.doesNotMatch(writeMail(name, given).text, /administrator/);
    assert.match(
      writeMail(name, { ...given, needsAdmin: true }).text,
      /nother\s+administrator\s+(?:must\s+also|to)\s+click/,
    );
  }
});
