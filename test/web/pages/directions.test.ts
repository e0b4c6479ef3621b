import "../../support/app.js";
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { User } from "../../../src/models/user.js";
import { askToChange, linkFor } from "../../support/mail/links.js";
import { linkIn, mailAbout, mailsTo } from "../../support/mailbox.js";
import { domain } from "../../support/users/domains.js";
import { actAs, type Member, member, newPerson, post, signedUp } from "../../support/users.js";
import { hiddenFields, unescaped, type Visitor, visitor } from "../../support/visitor.js";

const HEBREW = /[\u0590-\u05ff]/;
const hebrew = { title: "שער בחומה", body: "זהו *שער*.\n\nA second paragraph." };
/** An email with a non-ASCII domain, as it is stored. */
const idn = (name: string) => `${name}@xn--mnchen-3ya.example`;
const getId = async ({ username }: { username: string }) => (await User.findOne({ username }).orFail()).id as string;

/** Matches a tag, or the text between two tags. */
const PART = /<(\/?)([a-z][a-z0-9]*)([^<>]*)>|([^<>]+)/g;
const EMPTY = ["meta", "link", "input", "img", "br", "hr", "wbr"];

/** Lists the texts of a page without a declared direction, in content and in fields. */
function withoutDirection(html: string): string[] {
  const around: string[] = [];
  const found: string[] = [];
  for (const [tag, end, name = "", attributes = "", text] of html.matchAll(PART)) {
    const says = /\sdir="/.test(attributes) || ["bdi", "title"].includes(name);
    if (text) HEBREW.test(text) && !around.some((one) => one.endsWith("!")) && found.push(`${around.at(-1)}: ${text}`);
    else if (end) around.pop();
    else if (!EMPTY.includes(name) && !attributes.endsWith("/")) around.push(says ? `${name}!` : name);
    else if (name === "input" && HEBREW.test(attributes) && !/type="(hidden|email|checkbox)"/.test(attributes) && !says)
      found.push(tag);
  }
  assert.deepEqual(around, [], "every tag is closed");
  return found;
}

/** Lists the texts on a page without a direction, and the emails in punycode. */
const faults = (html: string): string[] => [
  ...withoutDirection(html),
  ...[...html.replace(/ data-email="[^"]*"/g, "").matchAll(/.{30}xn--.{20}/g)].map(([text]) => text),
];

/** Opens every page that a user can reach by links, one of each kind, and returns their faults. */
async function crawl(who: Visitor, start: string[]): Promise<string[]> {
  const [seen, wrong] = [new Set<string>(), [] as string[]];
  const waiting = [...start];
  for (let path = waiting.shift(); path; path = waiting.shift()) {
    const kind = path.replace(/[0-9a-f]{24}/g, "ID");
    if (seen.has(kind) || seen.size > 100 || /\.(csv|css|js|json|svg)|^\/(dev|apidocs|pictures)/.test(path)) continue;
    seen.add(kind);
    const page = await who.get(path);
    if (page.location) waiting.push(page.location);
    if (!/html/.test(page.headers.get("content-type") ?? "")) continue;
    wrong.push(...faults(page.text).map((one) => `${path}: ${one}`));
    waiting.push(...[...page.text.matchAll(/href="(\/[^"#]*)"/g)].map(([, to = ""]) => unescaped(to)));
  }
  assert.ok(seen.size > 5, [...seen].join());
  return wrong;
}

/** Sends a form with its hidden fields and this input. */
async function fill(who: Visitor, page: string, typed: Record<string, string>, action = page) {
  const answer = await who.send(action, { ...hiddenFields((await who.get(page)).text, action), ...typed });
  assert.ok([201, 303].includes(answer.status), `${page}: ${answer.text}`);
}

let admin: Member;
let ada: Member;
let adasPage: string;

/** Fills in every text of users in Hebrew; the domain of their emails has an umlaut. */
before(async () => {
  admin = await member({ ...newPerson(), email: idn("admin") });
  await (await User.findOne({ username: admin.username }).orFail()).grantRole({ role: "superadmin", domain: null });
  ada = await member({ ...newPerson(), email: idn("ada") });
  adasPage = `/admin/users/${await getId(ada)}`;
  const garden = await domain("גן העיר");
  await fill(admin, `/admin/domains/${garden.slug}`, { user: ada.username, role: "editor" });
  const profile = { username: ada.username, bio: "אני כותבת", firstName: "עדה", lastName: "כהן", city: "חיפה" };
  await fill(ada, "/account/profile", { ...profile, shown: "name" });
  for (const visibility of ["public", "draft", "members"]) await post(ada, { ...hebrew, visibility });
  await fill(ada, "/posts/new", { ...hebrew, visibility: "domain", domain: garden.slug }, "/posts");
  const expiresInDays = "30";
  await fill(ada, "/account/api-tokens", { description: "גיבוי", scopes: "account.read", expiresInDays });
  await fill(admin, "/admin/invitations", { email: idn("guest"), role: "editor" });
  const other = await member({ ...newPerson(), email: idn("other") });
  await fill(admin, `/admin/users/${await getId(other)}/disable`, { reason: "סיבה טובה" });
  await askToChange(ada, idn("changed"));
});

const more = "/account/email /account/deletion /account/sessions /account/activity /reauthenticate /domains".split(" ");

test("every user page declares the direction of texts, and shows emails in their own script", async () => {
  assert.deepEqual(await crawl(ada, ["/dashboard", "/posts", ...more]), []);
});

test("every admin page, and every page during impersonation, declares the direction of texts", async () => {
  const lists = ["", "/users", "/users?q=%D7%A9%D7%A2%D7%A8", "/invitations", "/audit-log", "/domains"];
  assert.deepEqual(await crawl(admin, ["/dashboard", ...lists.map((path) => `/admin${path}`), adasPage]), []);
  await actAs(admin, ada, "סיבה טובה");
  assert.deepEqual(await crawl(admin, ["/dashboard", "/posts"]), []);
  await admin.submit("/dashboard", {}, "/impersonation/end");
});

test("every page for visitors and pending sign-ups, and of every mailed link, declares the direction of texts", async () => {
  assert.deepEqual(await crawl(visitor(), ["/", "/posts", `/users/${ada.username}`]), []);
  const bob = await signedUp({ ...newPerson(), email: idn("bob") });
  assert.deepEqual(await crawl(bob, ["/email-confirmation", await linkFor(bob, "email-confirmation")]), []);
  const links = [await linkFor(ada, "password-reset"), await linkFor(ada, "not-me")];
  links.push(linkIn(await mailAbout(idn("guest"), /invite/i), "/invitations/"));
  assert.deepEqual(await crawl(visitor(), links), []);
});

test("every email declares the direction of texts, and shows emails in their own script", async () => {
  for (const name of ["admin", "ada", "bob", "changed", "guest", "other"])
    for (const { subject, text, html } of await mailsTo(idn(name)))
      assert.deepEqual([...faults(html), ...(/.*xn--.*/.exec(subject + text) ?? [])], [], subject);
});

test("every refused form declares the direction of texts, with errors or after its page has expired", async () => {
  const long = "סיבה ".repeat(200);
  const forms: [who: Visitor, page: string, typed: Record<string, string>, action?: string][] = [
    [ada, "/posts/new", { ...hebrew, visibility: "nowhere" }, "/posts"],
    [ada, "/account/profile", { username: "", bio: "אני", firstName: "עדה" }],
    [ada, "/account/api-tokens", { description: "גיבוי" }],
    [visitor(), "/login", { login: "שלום", password: "x" }],
    [visitor(), "/register", { username: "שלום", email: "x", password: "x" }],
    [admin, "/admin/domains", { name: "גן", slug: "גן" }],
    [admin, `${adasPage}/disable`, { reason: long }],
    [admin, `${adasPage}/impersonate`, { reason: long }],
    [admin, `${adasPage}/delete`, { reason: long }],
  ];
  for (const [who, page, typed, action = page] of forms) {
    const fields = { ...hiddenFields((await who.get(page)).text, action), ...typed };
    for (const sent of [fields, { ...fields, _csrf: "expired" }]) {
      const answer = await who.send(action, sent);
      assert.ok(answer.status > 400 && HEBREW.test(answer.text), `${page}: ${answer.status}`);
      assert.deepEqual(faults(answer.text), [], page);
    }
  }
});

test("a post and its form declare the direction of each text", async () => {
  const url = await post(ada, hebrew);
  assert.match((await ada.get(url)).text, /<div class="prose" dir="auto">/);
  const form = (await ada.get(`${url.split("/").slice(0, 3).join("/")}/edit`)).text;
  for (const field of ["title", "body"]) assert.match(form, new RegExp(`name="${field}"[^>]* dir="auto"`), field);
});

test("the address of a post keeps the Hebrew letters of its title and opens the post", async () => {
  const url = decodeURI(await post(ada, hebrew));
  assert.match(url, /\/שער-בחומה$/);
  assert.equal((await ada.get(encodeURI(url))).status, 200);
});
