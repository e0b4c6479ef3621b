import "../../support/environment.js";
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { Domain } from "../../../src/models/domain.js";
import { User } from "../../../src/models/user.js";
import { pageRoutes } from "../../../src/routes/index.js";
import { listMountedRoutes } from "../../../src/web/mount.js";
import { newestMail } from "../../support/mailbox.js";
import { createArrivals } from "../../support/users/kinds.js";
import { type Member, member, post, registeredMember } from "../../support/users.js";
import { type Page, visitor } from "../../support/visitor.js";

const modules = new Map<string, string>();

/** Returns the code of a module, requested once. */
async function readModule(address: string): Promise<string> {
  const code = modules.get(address) ?? (await visitor().get(address)).text;
  modules.set(address, code);
  return code;
}

const findAll = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found = ""]) => found);

/** Checks that the page waits for one stylesheet only, and preloads every module. */
async function assertFast(at: string, { text }: Page): Promise<void> {
  const head = text.slice(0, text.indexOf("</head>"));
  const stylesheets = findAll(text, /<link[^>]*rel="stylesheet"[^>]*href="([^"]+)"/g);
  assert.deepEqual(stylesheets, ["/assets/development/css/all.css"], at);
  const preloaded = findAll(head, /<link rel="modulepreload" href="([^"]+)"/g);
  assert.equal(new Set(preloaded).size, preloaded.length, `${at}: no module is preloaded twice`);
  for (const [script] of text.matchAll(/<script\b[^>]*>/g)) assert.match(script, /^<script type="module" src=/, at);
  for (const script of findAll(text, /<script type="module" src="([^"]+)"/g)) assert.ok(preloaded.includes(script), at);
  for (const module of preloaded) {
    const code = await readModule(module);
    for (const path of findAll(code, /^import\b[^'"]*["'](\.[^"']+)/gm))
      assert.ok(preloaded.includes(new URL(path, `http://host${module}`).pathname), `${at}: ${module} imports ${path}`);
  }
}

/** Returns true for pages. An email in the test mailbox is shown in a sandboxed frame, which loads nothing. */
const isPage = ({ headers, location }: Page) =>
  !location &&
  /html/.test(headers.get("content-type") ?? "") &&
  !/sandbox/.test(headers.get("content-security-policy") ?? "");

describe("every page loads one stylesheet and preloads its modules", () => {
  let author: Member;
  let parts: Record<string, string>;
  let arrive: ReturnType<typeof createArrivals>;

  before(async () => {
    author = await registeredMember();
    arrive = createArrivals(author, String((await Domain.open({ name: "The garden club", slug: "garden-club" }))?._id));
    const { id: subjectId } = await User.findOne({ username: (await member()).username }).orFail();
    const [postId = "", slug = ""] = (await post(author)).split("/").slice(2);
    const mailId = String((await newestMail(author.email))._id);
    parts = { subjectId, postId, mailId, slug };
  });

  /** Fills in the parameters of an address, with things that exist where possible. */
  function fill(path: string): string {
    const { subjectId, postId, mailId, slug } = parts;
    const ids = { "/posts": postId, "/dev": mailId, "/admin/users": subjectId };
    const id = Object.entries(ids).find(([start]) => path.startsWith(start))?.[1] ?? "0".repeat(24);
    const given = { id, slug: path.includes("/domains/") ? "garden-club" : slug, username: author.username };
    return Object.entries({ ...given, token: "nobodys", handle: "0".repeat(24) }).reduce(
      (done, [part, value]) => done.replace(`:${part}`, value ?? ""),
      path,
    );
  }

  for (const who of ["visitor", "unconfirmed", "author", "domainAdmin", "superadmin", "impersonating"] as const) {
    test(`for: ${who}`, async () => {
      const browser = await arrive[who]();
      let pages = 0;
      for (const { method, path } of listMountedRoutes(pageRoutes)) {
        if (method !== "GET") continue;
        const first = await browser.get(fill(path));
        const page = first.location?.startsWith("/") ? await browser.get(first.location) : first;
        if (!isPage(page)) continue;
        pages += 1;
        await assertFast(`${path} for ${who}`, page);
      }
      assert.ok(pages >= 15, String(pages));
    });
  }

  test("for: error pages and refused forms", async () => {
    await assertFast("404", await visitor().get("/nothing"));
    await assertFast("422", await visitor().submit("/login", { login: "", password: "" }));
    await assertFast("405", await author.get("/logout"));
  });
});
