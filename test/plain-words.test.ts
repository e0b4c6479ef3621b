import "./support/settings/other-name.js";
import "./support/app.js";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { formatHelp } from "../scripts/support/command-line.js";
import { help, toLine } from "../scripts/user/help.js";
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
import { type Member, member, newPerson, post, registeredMember, withRole } from "./support/users.js";
import { type Page, readToken, unescaped, type Visitor, visitor } from "./support/visitor.js";

// Checks every text that users, administrators, operators and programs read against one table of words: pages as each
// kind of user sees them, responses to their forms, emails, the API and its documents, the command line, .env.example,
// and texts in the sources that no page in this test shows. The site in this test has its own name, not the product's.

/** A text, and where it appears. */
type Text = { at: string; text: string };
/** Words that no text may contain. `except` matches places where they mean something else; `example` must match. */
type Rule = { words: RegExp; instead: string; why: string; example: string; except?: RegExp };

/** Matches places where "domain" is the name of a field, an option or a host. */
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
    why: "an administrator disables an account; wrong passwords cause a waiting time",
    example: "Your account is locked.",
  },
  {
    words: /\b(?:persons?|people|somebody|anybody|everybody)\b/i,
    instead: "user, you, someone, anyone, everyone",
    why: "someone with an account is a user",
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
    why: "the standard term",
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
    why: "“else” is used only after words such as someone and anything",
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
    why: "the standard term",
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

/** Lists the faults of texts, without duplicates. */
function findFaults(texts: Text[]): string[] {
  const faults = new Set<string>();
  for (const { at, text } of texts)
    for (const { words, instead, why, except } of rules)
      if (!except?.test(at) && words.test(text))
        faults.add(`“${words.exec(text)?.[0]}”, say ${instead} (${why}): ${text.slice(0, 200)} [${at}]`);
  return [...faults];
}

/** Lists the texts that contain the product's name. A site with another name must not show it. */
const findName = (texts: Text[]) => texts.filter(({ text }) => /postern/i.test(text));

function assertPlain(texts: Text[], least: number): void {
  assert.ok(texts.length >= least, `only ${texts.length} texts`);
  assert.deepEqual(findFaults(texts), []);
}

const toTexts = (at: string, texts: string[]): Text[] => texts.map((text) => ({ at, text }));

/** Matches elements with names, addresses and examples for programs, which are not prose. */
const SILENT = /<(code|pre|script|style|textarea)\b[\s\S]*?<\/\1>/g;
const INLINE = /<\/?(?:a|abbr|b|bdi|em|i|small|span|strong|sup|time)\b[^>]*>/g;
const READ_OUT = /\s(?:alt|aria-label|content|placeholder|title)="([^"]*)"/g;

/** Returns the texts of a page: those between tags, and those in attributes that browsers show or read out. */
function readTexts(html: string): string[] {
  const shown = html.replace(SILENT, "…").replace(/\s+/g, " ");
  const attributes = [...shown.matchAll(READ_OUT)].map(([, text = ""]) => text);
  const between = shown
    .replace(INLINE, "")
    .replace(/<[^>]*>/g, "\n")
    .split("\n");
  return [...between, ...attributes].map((text) => unescaped(text).trim()).filter((text) => /\p{L}{2}/u.test(text));
}

/** Matches string literals and templates on one line. */
const LITERAL = /"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\\n]|\\.)*)`/g;
const CODE = /=>|[{}]|\(\)|===|^[,.:)\]]/;

/** Returns true if a literal is for readers: several words, or one word that begins like a label. */
function isForReaders(text: string): boolean {
  const words = text.trim().split(/\s+/);
  if (words.length === 1) return /^[A-Z][a-z]+$/.test(text);
  return !CODE.test(text) && (words.length > 2 || /^[A-Z]/.test(text));
}

/** Returns the texts in the source of a module, without comments and computed parts. */
function readLiterals(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(?<![:"'`\w])\/\/.*/g, "");
  return [...code.matchAll(LITERAL)]
    .map(([, plain, template]) => (plain ?? template ?? "").replace(/\$\{[^{}]*\}/g, "…"))
    .filter(isForReaders);
}

/** Returns the texts in the source of a view: those in its markup, and the literals in its code. */
function readView(source: string): string[] {
  const markup = source.replace(/<%[=-][\s\S]*?%>/g, "…").replace(/<%[\s\S]*?%>/g, "");
  const code = [...source.matchAll(/<%(?!#)([\s\S]*?)%>/g)].flatMap(([, js = ""]) => readLiterals(js));
  return [...readTexts(markup), ...code];
}

/** Returns the strings under these names in a JSON document, at any depth. */
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

test("each rule matches its example, and plain sentences match no rule", () => {
  for (const { words, example } of rules) assert.match(example, words);
  const plain =
    "Someone else logged in. Use a mail server, or sign up. Send it to mail.example.org, or log out everywhere else.";
  assert.deepEqual(findFaults([{ at: "here", text: plain }]), []);
  assert.equal(findFaults([{ at: "here", text: "Your domains" }]).length, 1);
  assert.deepEqual(findFaults([{ at: "GET /apidocs", text: "Only this domain" }]), []);
});

test("texts are found in markup, in attributes, in the code of views and in the literals of modules", () => {
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
    author = await registeredMember();
    arrive = createArrivals(author, String((await Domain.open({ name: "The garden club", slug: "garden-club" }))?._id));
    mailId = String((await newestMail(author.email))._id);
    subjectId = (await User.findOne({ username: (await member()).username }).orFail()).id;
  });

  /** Records the texts of a page. */
  function note(at: string, { headers, text }: Page): void {
    if (/html/.test(headers.get("content-type") ?? "")) texts.push(...toTexts(at, readTexts(text)));
  }

  /** Records the texts of a page and of the page that it redirects to, which may confirm the action. */
  async function noteAll(at: string, browser: Visitor, page: Page): Promise<void> {
    note(at, page);
    if (page.location?.startsWith("/")) note(`${at}, then ${page.location}`, await browser.get(page.location));
  }

  /** Fills in the parameters of an address, with things that exist where possible. */
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

  /** These end the browser's session or impersonation, so they come last. */
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
      if (who === "author" && last.includes(path)) continue; // the author writes the posts that others open
      const filled = await fill(path);
      const page = method === "GET" ? await browser.get(filled) : await send(browser, filled);
      await noteAll(`${method} ${path} as ${who}`, browser, page);
    }
  }

  for (const who of people) {
    test(`every page and every response to a form is in plain words for: ${who}`, async () => {
      const start = texts.length;
      await walk(who);
      assertPlain(texts.slice(start), 300);
    });
  }

  test("the pages of mailed links are in plain words, before and after their button is pressed", async () => {
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

  test("pages are in plain words where registration requires an invitation or is closed", async () => {
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

  test("no page contains the product's name on a site with another name", () => {
    assert.ok(texts.some(({ text }) => text.includes("Harbour")));
    assert.deepEqual(findName(texts), []);
  });
});

test("every email is in plain words, and contains the name of the site but not the product's", () => {
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

  test("refused API calls respond in plain words", async () => {
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
  const pages = [help(), ...Object.entries(verbs).map(([name, verb]) => formatHelp(toLine(name, verb)))];
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
  test("the texts of all views are in plain words, and none contains the product's name", () => {
    const texts = listFiles("views", /\.ejs$/).flatMap((file) => toTexts(file, readView(read(file))));
    assertPlain(texts, 600);
    assert.deepEqual(findName(texts), []);
  });

  test("the texts of modules are in plain words", () => {
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
