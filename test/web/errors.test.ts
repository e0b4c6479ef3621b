import "../support/environment.js";
import assert from "node:assert/strict";
import { connect } from "node:net";
import { mock, test } from "node:test";
import { User } from "../../src/models/user.js";
import { origin } from "../support/app.js";
import { type Member, member } from "../support/users.js";
import { type Page, readToken, visitor } from "../support/visitor.js";

const inside = /node_modules|file:\/\/|\/src\/|dist\/|at .*:\d+:\d+|Error:|\$2b\$|Mongo/;
const form = "application/x-www-form-urlencoded";

/** A request that causes each error, with these headers. */
const causes: Record<number, (ada: Member, headers: Record<string, string>) => Promise<Page>> = {
  400: (ada, headers) => ada.get("/users/%ff", headers),
  403: (ada, headers) => ada.send("/posts", { title: "x" }, headers),
  404: (ada, headers) => ada.get("/nothing?secret=sesame", headers),
  405: (ada, headers) => ada.request("/posts", { method: "DELETE", headers }),
  413: (ada, headers) => ada.send("/posts", { body: "x".repeat(300_000) }, headers),
  415: (ada, headers) =>
    ada.request("/posts", { method: "POST", body: "{}", headers: { ...headers, "content-type": "application/json" } }),
};

for (const [status, cause] of Object.entries(causes)) {
  test(`${status} is a page, or a problem document for clients that prefer JSON`, async () => {
    const ada = await member();
    const page = await cause(ada, {});
    assert.equal(page.status, Number(status));
    assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
    assert.match(page.text, /<h1>[^<]+<\/h1>/);
    assert.ok(page.text.includes(page.headers.get("x-request-id") ?? "none"));
    assert.doesNotMatch(page.text, inside);
    assert.doesNotMatch(page.text, /sesame/);

    const json = await cause(ada, { accept: "application/json" });
    assert.equal(json.status, Number(status));
    assert.match(json.headers.get("content-type") ?? "", /^application\/problem\+json/);
    const problem = JSON.parse(json.text);
    assert.deepEqual(Object.keys(problem), ["type", "title", "status", "detail", "requestId"]);
    assert.equal(problem.status, Number(status));
    assert.doesNotMatch(json.text, inside);
  });
}

test("405 names the allowed methods", async () => {
  const allow = async (method: string, path: string) =>
    (await visitor().request(path, { method })).headers.get("allow")?.split(", ").sort();
  assert.deepEqual(await allow("PUT", "/login"), ["GET", "HEAD", "POST"]);
  assert.deepEqual(await allow("OPTIONS", "/logout"), ["POST"]);
  assert.deepEqual(await allow("DELETE", "/healthz"), ["GET", "HEAD"]);
});

test("500 shows the request id, and no details", async () => {
  const broken = mock.method(User, "findPublic", () =>
    Promise.reject(new TypeError("secret detail at /src/secret.ts")),
  );
  for (const accept of ["text/html", "application/json"]) {
    const answer = await visitor().get("/users/ada", { accept });
    assert.equal(answer.status, 500);
    assert.doesNotMatch(answer.text, /secret|TypeError/);
    assert.ok(answer.text.includes(answer.headers.get("x-request-id") ?? "none"));
  }
  broken.mock.restore();
});

test("422 shows the form with its errors, or only the errors if JSON is preferred, and never a secret", async () => {
  const browser = visitor();
  const fields = { username: "ada", email: "no<at>", password: "too-short" };
  const page = await browser.submit("/register", fields);
  assert.equal(page.status, 422);
  assert.match(page.text, /<form method="post" action="\/register"/);
  const _csrf = readToken(page.text);
  const json = await browser.send("/register", { _csrf, ...fields }, { accept: "application/json" });
  assert.equal(json.status, 422);
  assert.match(json.headers.get("content-type") ?? "", /^application\/problem\+json/);
  const { status, errors } = JSON.parse(json.text);
  assert.equal(status, 422);
  assert.deepEqual(
    errors.map(({ field }: { field: string }) => field),
    ["email", "password"],
  );
  assert.doesNotMatch(json.text, /too-short/);
});

test("a problem document can be requested by its own type", async () => {
  for (const accept of ["application/problem+json", "application/json, application/problem+json"]) {
    const answer = await visitor().get("/nothing", { accept });
    assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/, accept);
  }
});

test("malformed forms are refused like invalid ones", async () => {
  const browser = visitor();
  const _csrf = encodeURIComponent(readToken((await browser.get("/login")).text));
  const send = (body: string, type = form) =>
    browser.request("/login", { method: "POST", body: `_csrf=${_csrf}&${body}`, headers: { "content-type": type } });
  const shapes = [
    "login=a&login=b&password=c",
    "login[a]=b&password=c",
    "login=a&password[$ne]=",
    "login[]=a&password=b",
    "constructor=x&login=a&password=b",
    "login=a&password=b&role=admin",
    "login=a&password=b&hasOwnProperty=1",
    "",
    "&&&=&=",
    "login&password",
  ];
  for (const body of shapes) {
    const answer = await send(body);
    assert.equal(answer.status, 422, body);
  }
  assert.equal((await send("__proto__[login]=x&__proto__=x&login=a&password=b")).status, 422);
  assert.equal((await send("login=%ff%00&password=%ff")).status, 401, "invalid bytes count as an unknown username");
  assert.equal((await send("login=%&password=%zz")).status, 401);
  assert.equal((await send("login=a&password=b", `${form}; charset=utf-7`)).status, 415);
  assert.equal((await send("login=a&password=b", `${form}; charset=utf-8`)).status, 401);
  assert.equal((await send("x=1&".repeat(150))).status, 413);
  for (const type of ["application/json", "text/plain", "multipart/form-data; boundary=x", "application/xml", ""])
    assert.equal((await send("a=b", type)).status, 415, type);
});

test("unusual cookies, headers and addresses cause no server error", async () => {
  const swap = visitor();
  await swap.get("/login");
  const signed = swap.cookies.get("csrf") ?? "";
  for (const name of ["sid", "csrf", "flash"]) {
    for (const value of [signed, "j:{}", "j:[1]", "s%3Aj%3A%7B%7D", "%", "%00", "s:", "a".repeat(3000)]) {
      const browser = visitor();
      browser.cookies.set(name, value);
      for (const path of ["/", "/login", "/nothing"])
        assert.ok((await browser.get(path)).status < 500, `${name}=${value} ${path}`);
      assert.ok((await browser.submit("/login", { login: "a", password: "b" })).status < 500, `${name}=${value}`);
    }
  }
  for (const accept of ["", "*", "*/*;q=x", "text/html;q=0, application/json", "image/png", ",".repeat(500)]) {
    assert.equal((await visitor().get("/nothing", { accept })).status, 404, accept);
  }
  for (const path of [
    "/%00",
    "/posts/%00",
    "/users/%00",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/.git/config",
    "/.env",
    "//evil.example",
    `/${"a".repeat(8000)}`,
    "/posts?page[__proto__][x]=1",
  ]) {
    const { status } = await visitor().get(path);
    assert.ok(status < 500, `${path.slice(0, 40)} ${status}`);
  }
});

/** Sends exactly these bytes and returns the first line of the response. */
const raw = (bytes: string) =>
  new Promise<string>((resolve) => {
    const socket = connect(Number(new URL(origin).port), "127.0.0.1", () => socket.end(bytes));
    let answer = "";
    socket
      .on("data", (data) => (answer += data))
      .on("error", () => resolve(answer))
      .on("close", () => resolve(answer.split("\r\n")[0] ?? ""));
  });

test("broken requests do not crash the process", async () => {
  const host = "Host: localhost\r\nConnection: close\r\n";
  assert.match(await raw(`GET /\0 HTTP/1.1\r\n${host}\r\n`), / 400 /);
  assert.match(await raw("nonsense\r\n\r\n"), / 400 /);
  assert.match(await raw(`GET / HTTP/1.1\r\n${host}X: ${"a".repeat(20_000)}\r\n\r\n`), / 431 /);
  assert.match(await raw(`GET /% HTTP/1.1\r\n${host}\r\n`), / 400 /);
  assert.match(await raw(`GET http://localhost/login?x=1 HTTP/1.1\r\n${host}\r\n`), / 200 /, "RFC 9112, 3.2.2");
  assert.match(await raw(`GET http://evil.example/dashboard HTTP/1.1\r\n${host}\r\n`), / (303|404) /);
  assert.match(
    await raw(`POST /login HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`),
    / 400 /,
  );
  await raw(`POST /login HTTP/1.1\r\n${host}Content-Type: ${form}\r\nContent-Length: 100\r\n\r\nabc`);
  assert.equal((await visitor().get("/healthz")).status, 200);
});
