import "../../support/environment.js";
import assert from "node:assert/strict";
import { request } from "node:http";
import { test } from "node:test";
import { createPostSlug } from "../../../src/lib/text/slug.js";
import { toOwnPath } from "../../../src/web/pages/return-to.js";
import { origin } from "../../support/app.js";
import { member, post, withRole } from "../../support/users.js";
import { hiddenFields, type Visitor, visitor } from "../../support/visitor.js";

const foreign = [
  ...[
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/%5cevil.example",
    "/%2f/evil.example",
    "/%2Fevil.example",
  ],
  ...[
    "/.//evil.example",
    "/%2e//evil.example",
    "/a/..//evil.example",
    "/%2E%2e//evil.example",
    "/./..//evil.example",
    "/a/%2e%2e//evil.example",
  ],
  ...[
    "https://evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "",
    " /x",
    "?x",
    "#x",
  ],
  ...[
    "/\t/evil.example",
    "/\n/evil.example",
    "/a\r\nLocation: //evil.example",
    "/%0d%0aSet-Cookie:x=1",
    "/%09/evil.example",
    "/\0",
    "/%00",
  ],
  ...["/\u2028/evil.example", "/／evil.example", "/ü", `/${"a".repeat(1_500)}`],
];

test("addresses that may lead to another site are dropped", () => {
  for (const path of foreign) assert.equal(toOwnPath(path), null, JSON.stringify(path));
});

test("our own paths are kept, and browsers resolve them to our site", () => {
  for (const path of [
    "/",
    "/dashboard",
    "/posts?page=2",
    "/posts/0123456789abcdef01234567/a-gate",
    "/users/ada_l-1",
    "/a//b",
    "/?x=//y",
    "/x?y=https://z/",
    `/posts/0123456789abcdef01234567/${encodeURIComponent(createPostSlug("𠀀".repeat(150)))}`,
  ]) {
    assert.equal(toOwnPath(path), path);
    assert.equal(new URL(path, "https://own.example").origin, "https://own.example");
  }
});

/** Sends an address to the server unchanged. */
const raw = (path: string) =>
  new Promise<{ status: number; location: string | undefined }>((resolve, reject) => {
    const { hostname, port } = new URL(origin);
    const sent = request({ hostname, port, path }, (answer) => {
      answer.resume().on("end", () => resolve({ status: answer.statusCode ?? 0, location: answer.headers.location }));
    });
    sent.on("error", reject).end();
  });

test("no address leads to another site after a login", async () => {
  const { username: login, password } = await member();
  const tries = foreign
    .filter((path) => /^[/?#\\\x21-\x7e]+$/.test(path))
    .flatMap((path) => [path, `/dashboard${path}`, `/posts/${path}/edit`, `/dashboard?${path}`]);
  for (const path of tries) {
    const { location } = await raw(path);
    const asked = location?.startsWith("/login") ? location : `/login?${new URLSearchParams({ return_to: path })}`;
    const to = (await visitor().submit(asked, { login, password })).location ?? "";
    assert.equal(new URL(to, "http://own.example").origin, "http://own.example", path);
    assert.match(to, /^\/(?![/\\])/, path);
  }
});

test("other query parameters and cookies cannot choose the page after a login", async () => {
  const { username: login, password } = await member();
  for (const query of ["?returnTo=/posts", "?next=//evil.example", "?redirect=https://evil.example"]) {
    assert.equal((await visitor().submit("/login", { login, password }, `/login${query}`)).location, "/dashboard");
  }
  for (const value of ["/posts", "s%3A%2Fposts.x", "j:{}"]) {
    const browser = visitor();
    browser.cookies.set("return-to", value);
    assert.equal((await browser.submit("/login", { login, password })).location, "/dashboard", value);
  }
});

/** Fills in the login form of the requested page, with all of its hidden fields. */
async function logInAt(browser: Visitor, page: string, fields: Record<string, string>) {
  const form = await browser.get(page);
  return browser.send("/login", { ...hiddenFields(form.text), ...fields });
}

test("the requested page is kept after a failed login and on the registration page", async () => {
  const ada = await member();
  const browser = visitor();
  const asked = (await browser.get("/account/profile")).location ?? "";
  const wrong = await logInAt(browser, asked, { login: ada.username, password: "wrong" });
  assert.equal(wrong.status, 401);
  assert.match(wrong.text, /href="\/register\?return_to=%2Faccount%2Fprofile"/);
  const fields = { ...hiddenFields(wrong.text), login: ada.username, password: ada.password };
  assert.equal((await browser.send("/login", fields)).location, "/account/profile");
  const register = await visitor().get("/register?return_to=%2Faccount%2Fprofile");
  assert.equal(hiddenFields(register.text)._return_to, "/account/profile");
});

test("each tab keeps its own requested page, and a later login from the login page leads to the dashboard", async () => {
  const { username: login, password } = await member();
  const browser = visitor();
  const first = (await browser.get("/account/profile")).location ?? "";
  const second = (await browser.get("/posts/new")).location ?? "";
  assert.deepEqual([...browser.cookies.keys()], [], "the browser stores no cookie");
  const one = visitor();
  assert.equal((await logInAt(one, first, { login, password })).location, "/account/profile");
  assert.equal((await logInAt(visitor(), second, { login, password })).location, "/posts/new");
  assert.equal((await logInAt(browser, "/login", { login, password })).location, "/dashboard");
});

test("after a login in one tab, the login page in another tab redirects to the page requested there", async () => {
  const { username: login, password } = await member();
  const browser = visitor();
  const asked = (await browser.get("/account/profile")).location ?? "";
  assert.equal((await browser.submit("/login", { login, password })).location, "/dashboard");
  for (const tab of [asked, asked.replace("/login", "/register")]) {
    const { status, location } = await browser.get(tab);
    assert.deepEqual([status, location], [303, "/account/profile"], tab);
    assert.equal((await browser.request(tab, { method: "HEAD" })).location, "/account/profile", tab);
  }
  for (const page of ["/admin/users", "/nothing", "//evil.example", "/login", "/register", "/login?return_to=%2Flogin"])
    assert.equal(
      (await browser.get(`/login?${new URLSearchParams({ return_to: page })}`)).location,
      "/dashboard",
      page,
    );
});

test("a requested page that the user may not open is ignored", async () => {
  const [author, other] = [await member(), await member()];
  const edit = `${(await post(author)).split("/").slice(0, 3).join("/")}/edit`;
  for (const page of [edit, "/admin/users", "/admin/audit-log", "/domains/nowhere", "/nothing", "/posts/x/edit"]) {
    const asked = `/login?${new URLSearchParams({ return_to: page })}`;
    const answer = await logInAt(visitor(), asked, { login: other.username, password: other.password });
    assert.deepEqual([answer.status, answer.location], [303, "/dashboard"], page);
  }
  const asked = `/login?${new URLSearchParams({ return_to: edit })}`;
  const answer = await logInAt(visitor(), asked, { login: author.username, password: author.password });
  assert.equal(answer.location, edit);
});

test("a download is not sent in response to a login", async () => {
  const admin = await withRole("admin");
  const asked = "/login?return_to=%2Fadmin%2Fusers%2Fexport.csv";
  const answer = await logInAt(visitor(), asked, { login: admin.username, password: admin.password });
  assert.deepEqual([answer.status, answer.location], [303, "/admin/users/export.csv"]);
  for (const name of ["content-disposition", "content-type"])
    assert.doesNotMatch(answer.headers.get(name) ?? "", /csv/);
});

test("the address of a POST never becomes the requested page", async () => {
  const answer = await visitor().submit("/login", { title: "x" }, "/posts");
  assert.equal(answer.location, "/login");
});
