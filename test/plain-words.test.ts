import "./support/settings/other-name.js";
import "./support/app.js";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { formatHelp, help } from "../scripts/user/help.js";
import { verbs } from "../scripts/user/verbs.js";
import { config } from "../src/config/index.js";
import { endpoints } from "../src/forms/api/index.js";
import { openApi } from "../src/forms/api/openapi.js";
import { writeMail } from "../src/mail/render.js";
import { Domain } from "../src/models/domain.js";
import { User } from "../src/models/user.js";
import { pageRoutes } from "../src/routes/index.js";
import { listMountedRoutes } from "../src/web/mount.js";
import { loggedIn, program } from "./support/api.js";
import { askToChange, linkFor } from "./support/mail/links.js";
import { given, mails } from "./support/mail/views.js";
import { newestMail } from "./support/mailbox.js";
import { invitedBy } from "./support/users/invitations.js";
import { createArrivals, people, type Who } from "./support/users/kinds.js";
import { type Member, member, newPerson, post, withRole } from "./support/users.js";
import { type Page, readToken, unescaped, type Visitor, visitor } from "./support/visitor.js";

// Every text that users, administrators, operators and programs read is checked against one table of words: the pages as
// each kind of user gets them, what their forms answer, emails, the API, its documents, the command line, .env.example,
// and the texts in the sources that no page here shows. The site has another name than the product's meanwhile.

/** A text that is read, and where. */
type Text = { at: string; text: string };
/** Words that no text has. `except` are places where they mean something else; `example` must be found. */
type Rule = { words: RegExp; instead: string; why: string; example: string; except?: RegExp };

/** Where "domain" is the name of a field or an option, or that of a host. */
const NAMES_DOMAIN = /apidocs|api-docs|OpenAPI|API|\/api\/|^src\/(?:config|database|lib|mail)|^scripts/;

const rules: Rule[] = [
  {
    words: /\bsign(?:s|ed|ing)?[ -](?:ins?|outs?)\b/i,
    instead: "log in, log out, login",
    why: "one word for one thing",
    example: "You signed in.",
  },
  { words: /\be-mails?\b/i, instead: "email", why: "the usual spelling", example: "Your e-mail address" },
  {
    words: /(?<![@/.-])\bmails?\b(?! servers?\b|[.:/-]\w)/i,
    instead: "email",
    why: "a message is an email; mail is a module",
    example: "A mail is on its way.",
  },
  {
    words: /\b(?:un)?lock(?:s|ed|ing)?\b/i,
    instead: "disable, or “too many attempts”",
    why: "an administrator disables an account; wrong passwords make it wait",
    example: "Your account is locked.",
  },
  {
    words: /\b(?:persons?|people|somebody|anybody|everybody)\b/i,
    instead: "user, you, someone, anyone, everyone",
    why: "who has an account is a user",
    example: "Invite somebody",
  },
  {
    words: /(?<![/.])\bdomains?\b(?!\.\w)/i,
    instead: "organization",
    why: "readers take a domain for example.org",
    example: "Leave this domain",
    except: NAMES_DOMAIN,
  },
  {
    words: /\b(?:rights|powers|seats?|standing)\b/i,
    instead: "role, permission",
    why: "one word for one thing",
    example: "Your powers have changed.",
  },
  {
    words: /\b(?:keepsake|happenings?|trail|doors?)\b/i,
    instead: "Keep me logged in, activity, audit log, guard",
    why: "no metaphors outside the logo and the motto",
    example: "The door is closed.",
  },
  {
    words: /\b(?:shuts?|shutting) out\b/i,
    instead: "disable",
    why: "one word for one thing",
    example: "Do not shut out users.",
  },
  { words: /\banew\b/i, instead: "again", why: "plain English", example: "Type it anew." },
  { words: /\bby now\b/i, instead: "already", why: "plain English", example: "It is used by now." },
  { words: /\bas yet\b/i, instead: "yet", why: "plain English", example: "Nothing as yet." },
  { words: /\bwhoever\b/i, instead: "the user who", why: "plain English", example: "Whoever sent it" },
  { words: /\bwhom\b/i, instead: "who", why: "plain English", example: "Whom you invite" },
  { words: /\bmend(?:s|ed|ing)?\b/i, instead: "fix", why: "plain English", example: "Mend the form." },
  {
    words: /\blook(?:s|ed|ing)? after\b/i,
    instead: "manage",
    why: "the word of the field",
    example: "You look after other users.",
  },
  {
    words: /\b(?:for so long|so many)\b/i,
    instead: "the number",
    why: "plain English",
    example: "So many on a page",
  },
  {
    words: /\b(?:worth nothing|good for nothing|worthless)\b/i,
    instead: "invalid, no longer valid",
    why: "say what it is",
    example: "The token is worth nothing.",
  },
  {
    words: /\b(?:(?:is|are|was|were)(?:n't)?|be|been|being)(?: not)? told\b/i,
    instead: "gets an email, is informed",
    why: "plain English",
    example: "They are told.",
  },
  {
    words:
      /(?<!\b(?:some|any|every)(?:one|where|thing|body) )(?<!\b(?:nobody|nothing|nowhere|no one|who|what) )\belse\b/i,
    instead: "otherwise",
    why: "“else” stands only after someone, anything and the like",
    example: "Log in, else ask for a link.",
  },
  {
    words: /\b(?:founding|welcoming|sealing)\b/i,
    instead: "a verb",
    why: "no gerunds as names",
    example: "The founding of an account",
  },
  {
    words: /\brather not\b|\bgo on…/i,
    instead: "Cancel, Continue",
    why: "buttons name the act",
    example: "Rather not",
  },
  {
    words: /\bgood (?:until|once|for (?:an?|one|\d+))\b/i,
    instead: "expires, can be used once",
    why: "the word of the field",
    example: "The link is good until Monday.",
  },
  { words: /\bdata are\b/i, instead: "data is", why: "usage", example: "Your data are ready." },
  {
    words: /\b(?:is|are) gone\b/i,
    instead: "has been deleted, has expired",
    why: "say what happened",
    example: "It is gone.",
  },
  {
    words: /(?:^|[.!?:] )(?:Who comes|Of several)\b/,
    instead: "the subject first",
    why: "no riddles",
    example: "Who comes late waits.",
  },
  {
    words: /(?:^|[.!?] )What is [^?]*\.(?:\s|$)/,
    instead: "the subject first",
    why: "no riddles",
    example: "What is yours to change is on your own pages.",
  },
];

/** What is wrong with texts, each thing once. */
function findFaults(texts: Text[]): string[] {
  const faults = new Set<string>();
  for (const { at, text } of texts)
    for (const { words, instead, why, except } of rules)
      if (!except?.test(at) && words.test(text))
        faults.add(`“${words.exec(text)?.[0]}”, say ${instead} (${why}): ${text.slice(0, 200)} [${at}]`);
  return [...faults];
}

/** The product's name in texts of a site that has another one. */
const findName = (texts: Text[]) => texts.filter(({ text }) => /postern/i.test(text));

function assertPlain(texts: Text[], least: number): void {
  assert.ok(texts.length >= least, `only ${texts.length} texts`);
  assert.deepEqual(findFaults(texts), []);
}

const toTexts = (at: string, texts: string[]): Text[] => texts.map((text) => ({ at, text }));

/** Names, addresses and examples for programs: nobody reads them as words. */
const SILENT = /<(code|pre|script|style|textarea)\b[\s\S]*?<\/\1>/g;
const INLINE = /<\/?(?:a|abbr|b|bdi|em|i|small|span|strong|sup|time)\b[^>]*>/g;
const READ_OUT = /\s(?:alt|aria-label|content|placeholder|title)="([^"]*)"/g;

/** The texts of a page: between its tags, and in the attributes that browsers show or read out. */
function readTexts(html: string): string[] {
  const shown = html.replace(SILENT, "…").replace(/\s+/g, " ");
  const attributes = [...shown.matchAll(READ_OUT)].map(([, text = ""]) => text);
  const between = shown
    .replace(INLINE, "")
    .replace(/<[^>]*>/g, "\n")
    .split("\n");
  return [...between, ...attributes].map((text) => unescaped(text).trim()).filter((text) => /\p{L}{2}/u.test(text));
}

/** Literals of one line; what is computed in a template is left out. */
const LITERAL = /"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\\n]|\\.)*)`/g;
const CODE = /=>|[{}]|\(\)|===|^[,.:)\]]/;

/** Whether a literal is for readers: some words, or one that begins like a label. */
function isForReaders(text: string): boolean {
  const words = text.trim().split(/\s+/);
  if (words.length === 1) return /^[A-Z][a-z]+$/.test(text);
  return !CODE.test(text) && (words.length > 2 || /^[A-Z]/.test(text));
}

/** The texts in the source of a module, without its comments. */
function readLiterals(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(?<![:"'`\w])\/\/.*/g, "");
  return [...code.matchAll(LITERAL)]
    .map(([, plain, template]) => (plain ?? template ?? "").replace(/\$\{[^{}]*\}/g, "…"))
    .filter(isForReaders);
}

/** The texts in the source of a view: its markup, and what its code shows. */
function readView(source: string): string[] {
  const markup = source.replace(/<%[=-][\s\S]*?%>/g, "…").replace(/<%[\s\S]*?%>/g, "");
  const code = [...source.matchAll(/<%(?!#)([\s\S]*?)%>/g)].flatMap(([, js = ""]) => readLiterals(js));
  return [...readTexts(markup), ...code];
}

/** The strings that a JSON document has under these names, at any depth. */
function readStrings(value: unknown, names: string[]): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) =>
    typeof one === "string" ? (names.includes(name) ? [one] : []) : readStrings(one, names),
  );
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string) => readFileSync(root + path, "utf8");
const listFiles = (folder: string, ending: RegExp) =>
  readdirSync(root + folder, { recursive: true, encoding: "utf8" })
    .filter((file) => ending.test(file))
    .map((file) => `${folder}/${file}`);

test("the table finds the words that it is there for, and no others", () => {
  for (const { words, example } of rules) assert.match(example, words);
  const plain =
    "Someone else logged in. Use a mail server, or sign up. Send it to mail.example.org, or log out everywhere else.";
  assert.deepEqual(findFaults([{ at: "here", text: plain }]), []);
  assert.equal(findFaults([{ at: "here", text: "Your domains" }]).length, 1);
  assert.deepEqual(findFaults([{ at: "GET /apidocs", text: "Only this domain" }]), []);
});

test("texts are read where they stand: in markup, attributes, code of views, and literals of modules", () => {
  const html = '<p title="One">Two <b>three</b><br>four <code>sign in</code></p><img alt="Five &amp; six">';
  assert.deepEqual(readTexts(html), ["Two three", "four …", "One", "Five & six"]);
  const view = '<% page.title = "Your page" %><p><%= name %> is here</p><%# not this one %>';
  assert.deepEqual(readView(view), ["… is here", "Your page"]);
  const module = 'const a = "One of these"; // "not this one"\nconst b = `Two words`; import "not-this.js";';
  assert.deepEqual(readLiterals(module), ["One of these", "Two words"]);
});

describe("pages", () => {
  const texts: Text[] = [];
  let author: Member;
  let mailId = "";
  let subjectId = "";
  let arrive: ReturnType<typeof createArrivals>;

  before(async () => {
    author = await member();
    arrive = createArrivals(author, String((await Domain.open({ name: "The garden club", slug: "garden-club" }))?._id));
    mailId = String((await newestMail(author.email))._id);
    subjectId = (await User.findOne({ username: (await member()).username }).orFail()).id;
  });

  /** Notes what a page says. */
  function note(at: string, { headers, text }: Page): void {
    if (/html/.test(headers.get("content-type") ?? "")) texts.push(...toTexts(at, readTexts(text)));
  }

  /** The same, and the page that it leads to, which may say what was done. */
  async function noteAll(at: string, browser: Visitor, page: Page): Promise<void> {
    note(at, page);
    if (page.location?.startsWith("/")) note(`${at}, then ${page.location}`, await browser.get(page.location));
  }

  /** An address with something that is there in each of its places. */
  async function fill(path: string): Promise<string> {
    const [id = "", slug = ""] = path.startsWith("/posts/:id") ? (await post(author)).split("/").slice(2) : [];
    const parts = {
      id: path.startsWith("/dev/") ? mailId : path.startsWith("/admin/users/") ? subjectId : id || "0".repeat(24),
      slug: path.includes("/domains/") ? "garden-club" : slug,
      username: author.username,
      token: "nobodys",
      handle: "0".repeat(24),
    };
    return Object.entries(parts).reduce((done, [part, value]) => done.replace(`:${part}`, value), path);
  }

  async function send(browser: Visitor, path: string): Promise<Page> {
    const form = await browser.get("/email-confirmation");
    const _csrf = readToken(form.status === 200 ? form.text : (await browser.get("/posts/new")).text);
    return browser.send(path, { _csrf });
  }

  /** After these a browser is not what it was. */
  const last = ["/logout", "/impersonation/end"];
  const routes = listMountedRoutes(pageRoutes);
  const ordered = [
    ...routes.filter(({ path }) => !last.includes(path)),
    ...routes.filter(({ path }) => last.includes(path)),
  ];

  /** Opens every address as a user of this kind, and sends every form empty. */
  async function walk(who: Who): Promise<void> {
    const browser = await arrive[who]();
    for (const { method, path } of ordered) {
      if (who === "author" && last.includes(path)) continue; // who writes the posts of all the others
      const filled = await fill(path);
      const page = method === "GET" ? await browser.get(filled) : await send(browser, filled);
      await noteAll(`${method} ${path} as ${who}`, browser, page);
    }
  }

  for (const who of people) {
    test(`every page and every answer to a form is in plain words for: ${who}`, async () => {
      const start = texts.length;
      await walk(who);
      assertPlain(texts.slice(start), 300);
    });
  }

  test("so are the pages behind mailed links, before and after their button is pressed", async () => {
    const ada = await member();
    const { confirm, undo } = await askToChange(ada, newPerson().email);
    const { link: invitation } = await invitedBy(await withRole("superadmin"), { role: "editor" });
    const links = [confirm, undo, await linkFor(ada, "password-reset"), await linkFor(ada, "not-me"), invitation];
    const start = texts.length;
    for (const link of links) note(`GET ${link}`, await visitor().get(link));
    for (const link of links) {
      const browser = visitor();
      await noteAll(`POST ${link}`, browser, await browser.submit(link, {}));
      note(`GET ${link}, used`, await visitor().get(link));
    }
    assertPlain(texts.slice(start), 50);
  });

  test("so are they where registration is by invitation, or closed", async () => {
    const start = texts.length;
    const admin = await withRole("admin");
    for (const mode of ["invite", "closed"] as const) {
      config.registration = mode;
      for (const path of ["/", "/register", "/login", "/password-reset", "/dev/mailbox"])
        note(`${path}, ${mode}`, await visitor().get(path));
      note(`/admin/invitations, ${mode}`, await admin.get("/admin/invitations"));
    }
    config.registration = "open";
    assertPlain(texts.slice(start), 50);
  });

  test("none has the product's name on a site with another one", () => {
    assert.ok(texts.some(({ text }) => text.includes("Harbour")));
    assert.deepEqual(findName(texts), []);
  });
});

test("every email is in plain words, with the name of the site alone", () => {
  const texts: Text[] = [];
  for (const contact of [null, "help@example.org"]) {
    config.contactAddress = contact;
    for (const mode of ["open", "invite", "closed"] as const) {
      config.registration = mode;
      for (const asAsked of [true, false])
        for (const name of mails) {
          const { subject, html, text } = writeMail(name, { ...given, asAsked, domain: asAsked ? given.domain : null });
          const paragraphs = text.split(/\n{2,}/).map((one) => one.replace(/\s+/g, " "));
          texts.push(...toTexts(`the email ${name}`, [subject, ...readTexts(html), ...paragraphs]));
        }
    }
  }
  Object.assign(config, { contactAddress: null, registration: "open" });
  assertPlain(texts, 1_000);
  assert.ok(texts.some(({ text }) => text.includes("Harbour")));
  assert.deepEqual(findName(texts), []);
});

describe("programs", () => {
  test("the OpenAPI document is in plain words", () => {
    const document = openApi({ title: config.appName, origin: config.baseUrl.origin });
    const texts = toTexts("OpenAPI", readStrings(document, ["title", "summary", "description"]));
    assertPlain(texts, 200);
    assert.deepEqual(findName(texts), []);
  });

  test("so is what calls answer that are refused", async () => {
    const texts: Text[] = [];
    const callers = {
      nobody: program(),
      "an invalid token": program("nonsense"),
      "a user": await loggedIn(await member()),
      "a superadmin": await loggedIn(await withRole("superadmin")),
    };
    for (const [who, api] of Object.entries(callers))
      for (const { method, path } of endpoints.filter((one) => one.path !== "/auth/logout")) {
        const filled = path.replace(/:\w+/g, "0".repeat(24));
        const { body } =
          method === "get"
            ? await api.get(`${filled}?nonsense=1`)
            : await api.call(method.toUpperCase(), filled, { nonsense: 1 });
        texts.push(...toTexts(`API ${method} ${path} as ${who}`, readStrings(body, ["title", "detail"])));
      }
    assertPlain(texts, 120);
    assert.deepEqual(findName(texts), []);
  });
});

test("the command line is in plain words", () => {
  const pages = [help(), ...Object.entries(verbs).map(([name, verb]) => formatHelp(name, verb))];
  assertPlain(
    toTexts(
      "scripts/user.ts --help",
      pages.flatMap((page) => page.split("\n")),
    ),
    30,
  );
});

test(".env.example is in plain words", () => {
  const comments = read(".env.example").replace(/\n# (?=[a-z…(])/g, " ");
  assertPlain(toTexts(".env.example", comments.split("\n")), 30);
});

describe("sources", () => {
  test("the texts of all views are in plain words, and none has the product's name", () => {
    const texts = listFiles("views", /\.ejs$/).flatMap((file) => toTexts(file, readView(read(file))));
    assertPlain(texts, 600);
    assert.deepEqual(findName(texts), []);
  });

  test("so are those of modules", () => {
    const folders = ["config", "database", "definitions", "forms", "lib", "routes", "services", "web"];
    const files = [
      ...folders.flatMap((folder) => listFiles(`src/${folder}`, /\.ts$/)),
      ...["src/errors.ts", "src/server.ts", "scripts/seed.ts", "scripts/user.ts"],
      ...listFiles("scripts/user", /\.ts$/),
      ...listFiles("scripts/support", /\.js$/),
      ...listFiles("public/js", /\.js$/),
    ];
    assertPlain(
      files.flatMap((file) => toTexts(file, readLiterals(read(file)))),
      700,
    );
  });
});
