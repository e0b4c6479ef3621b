import "./support/environment.js";
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { getViewFile, listViewNames, loadViews } from "../src/lib/view-engine.js";

const folder = fileURLToPath(new URL("../../views", import.meta.url));
const views = new Map(listViewNames(folder).map((name) => [name, readFileSync(getViewFile(folder, name), "utf8")]));

/** Returns the markup without EJS code. */
const markup = (text: string) => text.replace(/<%[\s\S]*?%>/g, "");
/** Returns the EJS code only. */
const code = (text: string) => [...text.matchAll(/<%(?!#)[\s\S]*?%>/g)].map(([tag]) => tag);

function where(wrong: (text: string, name: string) => boolean): string[] {
  return [...views].filter(([name, text]) => wrong(text, name)).map(([name]) => name);
}

/** Returns the view itself and all views that it includes, directly or indirectly. */
function drawnBy(name: string, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const [, included = ""] of (views.get(name) ?? "").matchAll(/include\(\s*["'`]([^"'`]+)["'`]/g))
    drawnBy(included, seen);
  return seen;
}

test("each view compiles", () => {
  assert.ok(views.size > 20);
  assert.doesNotThrow(() => loadViews(folder, { reload: false }));
});

test("every POST form contains its CSRF token", () => {
  let forms = 0;
  for (const [name, text] of views) {
    for (const [form] of text.matchAll(/<form\b[\s\S]*?<\/form>/gi)) {
      if (!/method="post"/i.test(form)) {
        assert.match(form, /method="get"/i, `${name}: every form states its method`);
        continue;
      }
      forms += 1;
      const included = [...form.matchAll(/include\(\s*["']([^"']+)["']/g)].flatMap(([, one = ""]) => [...drawnBy(one)]);
      assert.ok(included.includes("partials/csrf"), `${name}: ${form.slice(0, 80)}`);
    }
    assert.equal((text.match(/<form\b/gi) ?? []).length, (text.match(/<\/form>/gi) ?? []).length, name);
  }
  assert.ok(forms >= 6, String(forms));
  assert.match(views.get("partials/csrf") ?? "", /^<input type="hidden" name="_csrf" value="<%= csrfToken\(\) %>">/);
});

test("no paragraph contains a form, because browsers end the paragraph there", () => {
  const paragraphs = (text: string) => text.match(/<p\b(?:(?!<\/p>)[\s\S])*<\/p>/g) ?? [];
  const hasForm = (text: string) => /<form\b|include\("partials\/button-to"/.test(text);
  assert.deepEqual(
    where((text) => paragraphs(text).some(hasForm)),
    [],
  );
});

test("every form that can be refused with 422 shows its errors", () => {
  // Buttons have no errors. A form that is sent again from an error page gets its own page in response.
  const bare = ["partials/button-to", "errors/typed", "errors/others", "partials/passkey-form"];
  const posting = where((text, name) => /method="post"/.test(text) && !bare.includes(name));
  for (const name of posting) assert.ok(drawnBy(name).has("partials/form-errors"), name);
});

test("POST forms let browsers keep their input for the Back button", () => {
  const off = where((text) => /method="post"/.test(text) && /autocomplete: "off"/.test(text));
  assert.deepEqual(
    off,
    ["admin/domains/delete"],
    "closing a domain requires typing a word, so that nobody closes one by mistake",
  );
  assert.doesNotMatch(views.get("posts/_fields") ?? "", /autocomplete: "off"/);
  assert.doesNotMatch(views.get("admin/domains/_names") ?? "", /autocomplete: "off"/);
});

test("login pages carry the input of another form and the requested page", () => {
  for (const name of [
    "auth/login/new",
    "auth/reauthenticate/new",
    "auth/register/new",
    "auth/second-factor/new",
    "auth/second-factor/recovery",
  ])
    assert.ok(drawnBy(name).has("partials/carried"), name);
});

test("views contain no inline scripts, styles or event handlers, and no javascript: addresses", () => {
  assert.deepEqual(
    where((text) => /<script(?![^>]*\bsrc=)/i.test(text)),
    [],
  );
  assert.deepEqual(
    where((text) => /<style\b/i.test(text)),
    ["layouts/mail"],
    "emails cannot load stylesheets, and no page uses their layout",
  );
  assert.deepEqual(
    where((text) => /<[^>]*\sstyle\s*=/i.test(markup(text))),
    [],
  );
  assert.deepEqual(
    where((text) => /<[^>]*\son[a-z]+\s*=/i.test(markup(text))),
    [],
  );
  assert.deepEqual(
    where((text) => /javascript:|data:text/i.test(text)),
    [],
  );
  assert.deepEqual(
    where((text) => /(src|href)="(https?:)?\/\//i.test(text)),
    [],
    "nothing is loaded from another host",
  );
  assert.deepEqual(
    where((text, name) => drawnBy(name).has("layouts/mail") || (name !== "layouts/mail" && /layouts\/mail/.test(text))),
    ["layouts/mail"],
  );
});

test("unescaped output is used only for other views, sanitised Markdown and the QR code that we draw", () => {
  const allowed = /^<%-\s*(include\([\s\S]*\)|body|post\.html|comment\.html|qrCode)\s*[-_]?%>$/;
  const found = [...views].flatMap(([name, text]) =>
    code(text)
      .filter((tag) => tag.startsWith("<%-"))
      .map((tag) => ({ name, tag })),
  );
  assert.ok(found.length > 30);
  assert.deepEqual(
    found.filter(({ tag }) => !allowed.test(tag)),
    [],
  );
  assert.deepEqual(
    found
      .filter(({ tag }) => /(post|comment)\.html/.test(tag))
      .map(({ name }) => name)
      .sort(),
    ["comments/_comment", "comments/own", "posts/show"],
  );
  assert.deepEqual(
    found.filter(({ tag }) => /<%-\s*body/.test(tag)).every(({ name }) => name.startsWith("layouts/")),
    true,
  );
});

test("values in attributes are quoted", () => {
  assert.deepEqual(
    where((text) => /\s[\w-]+=<%[-=]/.test(text)),
    [],
  );
});

const pages = [...views].filter(([name]) => !/^(layouts|partials)\/|\/_/.test(name));

test("every page sets its title, and its first line names its locals", () => {
  for (const [name, text] of pages) {
    const lines = text.split("\n");
    assert.match(lines[0] ?? "", /^<%# locals: [\w, ]+ %>$/, name);
    assert.match(lines[1] ?? "", /^<% page\.title = .+ %>$/, name);
    assert.equal((text.match(/<h1\b/g) ?? []).length, 1, `${name} has one h1`);
  }
});

test("included views and loaded files exist", () => {
  const getAsset = (path: string) => fileURLToPath(new URL(`../../public/${path}`, import.meta.url));
  for (const [name, text] of views) {
    for (const included of drawnBy(name)) assert.ok(views.has(included), `${name} includes ${included}`);
    for (const [, path = ""] of text.matchAll(/asset\("([^"$]+)"\)/g))
      assert.ok(existsSync(getAsset(path)), `${name} needs ${path}`);
    for (const [, list = ""] of text.matchAll(/page\.modules = (\[[^\]]*\])/g)) {
      for (const module of JSON.parse(list) as string[])
        assert.ok(existsSync(getAsset(`js/${module}.js`)), `${name} needs ${module}`);
    }
  }
});

test("every form is protected against double clicks, and its page loads the script for it", () => {
  const formsIn = (text = "") => text.match(/<form\b(?:<%[\s\S]*?%>|[^>])*method="post"(?:<%[\s\S]*?%>|[^>])*>/g) ?? [];
  for (const [name, text] of views) for (const form of formsIn(text)) assert.match(form, /data-submit-once/, name);
  for (const [name, text] of pages) {
    if ([...drawnBy(name)].some((drawn) => formsIn(views.get(drawn)).length > 0))
      assert.match(text, /"submit-once"/, name);
  }
});

test("text is escaped, and a missing local throws an error", () => {
  const render = loadViews(folder, { reload: false });
  const globals = {
    user: null,
    impersonator: null,
    hasOtherHost: false,
    flash: null,
    refusal: null,
    csrfToken: () => "t",
    hasAddress: () => true,
    asset: (path: string) => `/${path}`,
    stylesheets: ["/css/site.css"],
    withImports: (names: string[]) => names,
    appName: "<App>",
    mailbox: null,
    baseUrl: "https://own.example",
    registration: "open",
    path: "/",
    time: () => ({ iso: "", text: "" }),
  };
  const page = render("errors/show", { status: 404, heading: "<b>", message: "\"'&", requestId: null }, globals);
  assert.match(page, /<h1>&lt;b&gt;<\/h1>/);
  assert.match(page, /&#34;&#39;&amp;/);
  assert.match(
    page,
    /"og:image" content="https:\/\/own\.example\/images\/social-card\.png"/,
    "other sites need the full address",
  );
  assert.match(page, /<title>&lt;b&gt; · &lt;App&gt;<\/title>/);
  assert.throws(() => render("home/index", {}, globals), TypeError);
});
