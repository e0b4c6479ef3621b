import "../support/environment.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { config } from "../../src/config/index.js";
import { writeMail } from "../../src/mail/render.js";
import { kinds } from "../../src/mail/values.js";
import { listLocals, mails } from "../support/mail/views.js";

const own = config.baseUrl.origin;
const linkTo = (path: string) => `${own}/${path}/secret_of-43`;

/**
 * The decision for each value in our emails: who chooses it, a normal value, and the result for a hostile one. "throws"
 * is for values that only our own code creates. "words" is for texts from an admin to a user, which lose addresses and
 * direction marks, but no words.
 */
const decisions: Record<
  string,
  { chosenBy: string; usual: unknown; hostile: "throws" | "left out" | "words" | string }
> = {
  username: { chosenBy: "the user who signs up", usual: "ada", hostile: "user" },
  inviter: { chosenBy: "the user who invites", usual: "bob", hostile: "user" },
  commenter: { chosenBy: "the user who comments", usual: "carla", hostile: "user" },
  comment: { chosenBy: "our code", usual: "6b061278ad15b08c25d4ff74", hostile: "throws" },
  webhook: { chosenBy: "our code", usual: "6b061278ad15b08c25d4ff74", hostile: "throws" },
  device: { chosenBy: "a fixed list", usual: "Firefox on Linux", hostile: "An unknown browser" },
  ip: { chosenBy: "the network", usual: "2001:db8::7", hostile: "unknown" },
  domain: { chosenBy: "an admin: the word of its address, never its name", usual: "fish-fans", hostile: "left out" },
  beginning: { chosenBy: "chance; the description is its maker's", usual: "pst_Ab3x", hostile: "pst_" },
  reason: { chosenBy: "an admin, for this user", usual: "You sold <umbrellas>.", hostile: "words" },
  given: { chosenBy: "a fixed list", usual: ["admin"], hostile: "left out" },
  taken: { chosenBy: "a fixed list", usual: ["superadmin"], hostile: "left out" },
  what: { chosenBy: "a fixed list", usual: "read posts for members, and write your own", hostile: "throws" },
  asAsked: { chosenBy: "our code", usual: true, hostile: "left out" },
  isByAdmin: { chosenBy: "our code", usual: false, hostile: "left out" },
  left: { chosenBy: "our code", usual: 9, hostile: "left out" },
  isByFactor: { chosenBy: "our code", usual: false, hostile: "left out" },
  needsAdmin: { chosenBy: "our code", usual: false, hostile: "left out" },
  at: { chosenBy: "our clock", usual: "2026-11-24T14:12:30.000Z", hostile: "throws" },
  dueAt: { chosenBy: "our clock", usual: "2026-12-08T14:12:30.000Z", hostile: "throws" },
  until: { chosenBy: "our clock", usual: "2026-12-08T14:12:30.000Z", hostile: "throws" },
  confirm: { chosenBy: "our code", usual: linkTo("email-confirmation"), hostile: "throws" },
  reset: { chosenBy: "our code", usual: linkTo("password-reset"), hostile: "throws" },
  notMe: { chosenBy: "our code", usual: linkTo("not-me"), hostile: "throws" },
  undo: { chosenBy: "our code", usual: linkTo("email-undo"), hostile: "throws" },
  start: { chosenBy: "our code", usual: linkTo("factor-recovery"), hostile: "throws" },
  cancel: { chosenBy: "our code", usual: linkTo("factor-recovery-cancel"), hostile: "throws" },
  accept: { chosenBy: "our code", usual: linkTo("invitations"), hostile: "throws" },
  day: { chosenBy: "our clock", usual: "2026-11-29", hostile: "throws" },
  head: { chosenBy: "our code", usual: "5f".repeat(32), hostile: "throws" },
  unsubscribe: { chosenBy: "our code", usual: linkTo("unsubscribe"), hostile: "throws" },
};
const usual = Object.fromEntries(Object.entries(decisions).map(([name, { usual: value }]) => [name, value]));

/** Texts of an attacker who wants to reach a user through our emails. Each contains the word CANARY as text. */
const hostile: Record<string, string> = {
  "an address": "CANARY is leaked, log in at http://evil.example",
  "an address alone": "http://evil.example/CANARY",
  "an address that looks like ours": `${own}.evil.example/not-me/CANARY`,
  "an address of ours with a user": `${own}@evil.example/not-me/CANARY`,
  "an address of ours with another path": `${own}/posts/CANARY?next=//evil.example`,
  "a javascript: address": "javascript:alert(CANARY)",
  "a host": "CANARY www.evil.example evil.example/login evil。example 192.0.2.1",
  "another address": "CANARY write to help@evil.example",
  markup: `<a href="https://evil.example">CANARY</a><b class="x">"'</b><!-- --><style>p{}</style>`,
  "Markdown markup": "[CANARY](https://evil.example) **bold**",
  "line breaks for headers": "CANARY\r\nBcc: eve@evil.example\r\n\r\nhello\u2028\u0085x",
  "line breaks alone": "ada\r\nCANARY",
  "direction marks": "\u202eCANARY\u202c \u2066\u200f\u2069 elpmaxe.live//:ptth",
  "an invisible address": "CANARY ht\u200btp://evil\u200b.example evil\u2060.example",
  "a name with a sentence": "ada CANARY",
  "a device with a sentence": "Firefox on Linux CANARY",
  "a device on a device": "Firefox on Linux on CANARY",
  "10,000 characters": `CANARY ${"Call 0900 123456. ".repeat(560)}`.slice(0, 10_000),
  "ill-formed text": "CANARY \ud800 \udfff\u0000",
};
const objects: unknown[] = [
  { toString: () => "CANARY" },
  ["CANARY"],
  [["admin CANARY"]],
  7,
  null,
  undefined,
  Number.NaN,
];

const LONG = 600;
const listLinks = (html: string) => [...html.matchAll(/href="([^"]*)"/g)].map(([, link]) => link ?? "");
const withLinks = (text: string) => text.match(/\S+:\/\/\S+/g) ?? [];

function assertNothingFrom(name: string, local: string, value: unknown): void {
  const kind = decisions[local]?.hostile;
  const calm = writeMail(name, usual);
  const draw = () => writeMail(name, { ...usual, [local]: value });
  if (kind === "throws") return void assert.throws(draw, /^Error: A value for an email is not/);
  const { subject, html, text } = draw();
  assert.equal(subject, calm.subject, "no subject contains a value");
  const links = (all: string[]) => [...new Set(all)].sort();
  assert.deepEqual(links(listLinks(html)), links(listLinks(calm.html)));
  assert.deepEqual(links(withLinks(text)), links(withLinks(calm.text)));
  assert.doesNotMatch(
    html + text,
    /evil|<b class|192\.0\.2\.1|[\p{Bidi_Control}\u200b\u2028\u2060\u0085\0]|undefined|NaN/u,
  );
  assert.ok(text.length < calm.text.length + LONG && html.length < calm.html.length + 2 * LONG);
  if (kind === "words") return;
  assert.doesNotMatch(html + text, /CANARY|0900|Bcc/);
  if (kind === "left out" || !listLocals(name).includes(local)) return;
  assert.ok(text.includes(String(kind)), `${kind} in ${text}`);
}

test("each value that an email view uses has a kind, and a row in the table above", () => {
  const named = new Set(mails.flatMap(listLocals));
  assert.deepEqual([...named].sort(), Object.keys(kinds).sort());
  assert.deepEqual(Object.keys(decisions).sort(), Object.keys(kinds).sort());
  assert.ok(mails.length >= 26, String(mails.length));
});

test("a value without a kind cannot be shown", () => {
  for (const name of ["description", "email", "newEmail", "title", "toString", "__proto__x"])
    assert.throws(() => writeMail("user-enabled", { username: "ada", [name]: "x" }), /which has no kind/);
});

for (const name of mails) {
  describe(name, () => {
    for (const local of listLocals(name)) {
      test(`${local}, chosen by ${decisions[local]?.chosenBy}, cannot carry a text or link of an attacker`, () => {
        assert.ok(writeMail(name, usual).text, "the usual value is shown");
        for (const value of Object.values(hostile)) {
          const list = usual[local];
          assertNothingFrom(name, local, Array.isArray(list) ? [value, ...list] : value);
        }
        for (const value of objects) {
          if (decisions[local]?.hostile === "throws")
            assert.throws(() => writeMail(name, { ...usual, [local]: value }));
        }
      });
    }
  });
}

test("normal values are shown unchanged", () => {
  const shown: Record<string, [string, RegExp]> = {
    username: ["user-enabled", /Hi ada,/],
    inviter: ["invitation", /^bob invites you to fish-fans/m],
    commenter: ["new-comment", /^carla commented on one of your posts/m],
    device: ["new-device", /^Device: Firefox on Linux$/m],
    ip: ["new-device", /^IP address: 2001:db8::7$/m],
    domain: ["invitation", /invites you to fish-fans/],
    beginning: ["api-token-expiring", /begins with\s+pst_Ab3x/],
    reason: ["user-disabled", /^You sold <umbrellas>\.$/m],
    given: ["roles-changed", /You are now: admin\./],
    taken: ["roles-changed", /You are no longer: superadmin\./],
  };
  for (const [name, form] of Object.values(shown)) assert.match(writeMail(name, usual).text, form);
});

test("a reason keeps its words and loses only addresses", () => {
  const reasons: Record<string, string> = {
    "Spam.\n\nAgain and again, e.g. on 3.5. at 12.30 (see §4.2).":
      "Spam. Again and again, e.g. on 3.5. at 12.30 (see §4.2).",
    "You linked to http://evil.example/a?b=c, and www.evil.example.":
      "You linked to (address left out) and (address left out)",
    "Écrivez à help@evil.example, s'il vous plaît": "Écrivez à (address left out) s'il vous plaît",
    "שלום עולם": "שלום עולם",
  };
  for (const [reason, told] of Object.entries(reasons)) {
    const { text } = writeMail("user-disabled", { username: "ada", reason });
    assert.ok(text.replace(/\s+/g, " ").includes(told), text);
  }
});
