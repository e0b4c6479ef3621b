import "../../../support/app.js";
import assert from "node:assert/strict";
import { before, mock, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import mongoose, { Types } from "mongoose";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { Domain } from "../../../../src/models/domain.js";
import { Session } from "../../../../src/models/session.js";
import { User } from "../../../../src/models/user.js";
import { domain } from "../../../support/users/domains.js";
import { crowd } from "../../../support/users/stored.js";
import { type Member, withRole } from "../../../support/users.js";

const CSV = "/admin/users/export.csv";
const MANY = 2_000;
let admin: Member;
before(async () => {
  admin = await withRole("admin");
  await crowd([
    {
      username: "formula",
      profile: { firstName: '=HYPERLINK("https://evil.example","x")', lastName: "+1" },
      email: "=1@csv.example",
    },
    { username: "signs", profile: { firstName: "@SUM(1)", lastName: "-2" }, email: "-1@csv.example" },
    { username: "wide", profile: { firstName: "＝1", lastName: "＋1" }, email: "wide@csv.example" },
    { username: "wider", profile: { firstName: "－1", lastName: "＠x" }, email: "wider@csv.example" },
    {
      username: "tabs",
      authenticator: { addedAt: new Date() },
      profile: { firstName: "\t=1", lastName: "\r=1" },
      email: "tabs@csv.example",
    },
    {
      username: "split",
      profile: { firstName: "a;=cmd|'/c calc'!A1", lastName: "a,=1\n=2" },
      email: "split@csv.example",
    },
    {
      username: "quotes",
      profile: { firstName: 'Ada "Countess", King', lastName: "Zoë 山田" },
      email: "quotes@csv.example",
    },
  ]);
});

/** Parses strict RFC 4180, in which every cell is quoted. */
function parse(text: string): string[][] {
  assert.match(text, /^\uFEFF/, "spreadsheets need the byte order mark to read UTF-8");
  assert.ok(text.endsWith("\r\n"));
  const lines = text.slice(1, -2).split(/\r\n(?=")/);
  return lines.map((line) => {
    assert.match(line, /^"(?:[^"]|"")*"(?:,"(?:[^"]|"")*")*$/, line);
    return line
      .slice(1, -1)
      .split(/","/)
      .map((cell) => cell.replaceAll('""', '"'));
  });
}

const fetched = async (query = "") => {
  const response = await fetchRaw(`${CSV}?${query}`);
  assert.equal(response.status, 200);
  return response;
};
const fetchRaw = (path: string) => admin.request(path, { headers: { accept: "text/csv" } });

test("the CSV export contains the users of the filtered and sorted list", async () => {
  const { headers, text } = await fetched("q=csv.example&sort=username");
  // fetch removes the byte order mark when it decodes the text
  const rows = parse(`\uFEFF${text.replace(/^\uFEFF/, "")}`);
  assert.deepEqual(rows[0], [
    "Username",
    "First name",
    "Last name",
    "Email",
    "Email confirmed",
    "Roles",
    "Status",
    "Last login",
    "Joined",
    "Country",
    "Time zone",
  ]);
  assert.deepEqual(
    rows.slice(1).map(([username]) => username),
    ["formula", "quotes", "signs", "split", "tabs", "wide", "wider"],
  );
  assert.match(headers.get("content-type") ?? "", /^text\/csv; charset=utf-8/);
  assert.match(headers.get("content-disposition") ?? "", /^attachment; filename="?people-\d{4}-\d\d-\d\d\.csv"?$/);
  assert.equal(headers.get("cache-control"), "no-store");
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  const quotes = rows.find(([username]) => username === "quotes");
  assert.deepEqual(quotes?.slice(1, 7), [
    'Ada "Countess", King',
    "Zoë 山田",
    "quotes@csv.example",
    "yes",
    "",
    "active",
  ]);
  assert.match(quotes?.[8] ?? "", /^\d{4}-\d\d-\d\dT/);
});

test("the CSV export of users without a second factor leaves out the others", async () => {
  const rows = parse(`\uFEFF${(await fetched("q=csv.example&factor=none&sort=username")).text.replace(/^\uFEFF/, "")}`);
  assert.deepEqual(
    rows.slice(1).map(([username]) => username),
    ["formula", "quotes", "signs", "split", "wide", "wider"],
  );
});

test("the CSV file begins with a byte order mark, and no cell is a formula, whatever separator a program uses", async () => {
  const bytes = await (await fetch(await address(), { headers: { cookie: cookie() } })).arrayBuffer();
  assert.deepEqual([...new Uint8Array(bytes).slice(0, 3)], [0xef, 0xbb, 0xbf]);
  const rows = parse(`\uFEFF${new TextDecoder().decode(bytes)}`);
  assert.equal(rows.length, 8);
  for (const cell of rows.flat()) {
    if (cell === "+1" || cell === "-2") continue; // a spreadsheet reads these as numbers, not as formulas
    assert.doesNotMatch(cell, /^[=+\-@\t\r\n＝＋－＠]/u, JSON.stringify(cell));
    assert.doesNotMatch(cell, /[;,\t\r\n|]\s*[=+\-@＝＋－＠]/u, JSON.stringify(cell));
  }
  const named = (name: string) => rows.find(([username]) => username === name)?.slice(1, 3);
  assert.deepEqual(named("signs"), ["'@SUM(1)", "-2"]);
  const split = rows.find(([username]) => username === "split");
  assert.equal(split?.[1], "a;'=cmd|'/c calc'!A1");
});

test("a role in a domain is exported with the name of the domain, which is read once and is never a formula", async () => {
  const { id } = await domain("Fish; =1+1");
  const held = [{ role: "editor", domain: new Types.ObjectId(id) }];
  const both = [{ role: "admin", domain: null }, ...held];
  await crowd([
    { username: "placed-a", roles: both },
    { username: "placed-b", roles: held },
    { username: "placed-c", roles: [] },
  ]);
  const reading = mock.method(Domain.collection, "find");
  const rows = parse(`\uFEFF${(await fetched("q=placed&sort=username")).text.replace(/^\uFEFF/, "")}`);
  assert.equal(reading.mock.callCount(), 1);
  reading.mock.restore();
  assert.deepEqual(
    rows.slice(1).map((row) => row[5]),
    ["admin, editor in Fish; '=1+1", "editor in Fish; '=1+1", ""],
  );
});

test("each export is recorded with its filters, and a HEAD request is not recorded", async () => {
  const { _id } = await User.findOne({ username: admin.username }).orFail();
  const taken = () => AuditEvent.find({ event: "users.exported", actor: _id }).sort({ _id: 1 }).lean();
  const before = (await taken()).length;
  await admin.request(CSV, { method: "HEAD" });
  assert.equal((await taken()).length, before);
  await fetched("q=csv.example&state=active");
  const events = await taken();
  assert.equal(events.length, before + 1);
  assert.deepEqual(events.at(-1)?.details, { asked: "q=csv.example&state=active" });
});

test("an invalid filter exports nothing and is not recorded", async () => {
  const before = await AuditEvent.countDocuments({ event: "users.exported" });
  for (const query of ["rol=admin", "role=admin&role=user", `q=${"x".repeat(201)}`, "state=nonsense", "page=7"]) {
    const { status, headers, text } = await admin.request(`${CSV}?${query}`);
    assert.equal(status, 422, query);
    assert.equal(headers.get("content-disposition"), null, query);
    assert.match(headers.get("content-type") ?? "", /^text\/html/, query);
    assert.doesNotMatch(text, /csv\.example/, query);
  }
  assert.equal(await AuditEvent.countDocuments({ event: "users.exported" }), before);
});

test("the user export needs the permission and a recent login", async () => {
  for (const person of [await withRole("editor"), await withRole("admin", "d".repeat(24))]) {
    const page = await person.get(CSV);
    assert.equal(page.status, 403);
    assert.doesNotMatch(page.text, /csv\.example/);
  }
  const other = await withRole("admin");
  await other.get("/admin/users");
  const user = await User.findOne({ username: other.username }).orFail();
  await Session.collection.updateMany(
    { "session.passport.user": user._id },
    { $set: { "session.authenticatedAt": Date.now() - 3_600_000 } },
  );
  const page = await other.get(CSV);
  assert.deepEqual([page.status, page.location], [303, `/reauthenticate?${new URLSearchParams({ return_to: CSV })}`]);
});

test("an export of thousands of users contains each of them once", async () => {
  await crowd(Array.from({ length: MANY }, (_, n) => ({ username: `bulk-${String(n).padStart(5, "0")}` })));
  const { text } = await fetched("q=bulk");
  const names = parse(`\uFEFF${text.replace(/^\uFEFF/, "")}`)
    .slice(1)
    .map(([username]) => username);
  assert.equal(names.length, MANY);
  assert.equal(new Set(names).size, MANY);
});

test("a client that stops reading ends the database query", async () => {
  const cursors = async () => {
    const status = await mongoose.connection.db?.command({ serverStatus: 1 });
    return status?.metrics.cursor.open.total as number;
  };
  const before = await cursors();
  for (let round = 0; round < 5; round += 1) {
    const stop = new AbortController();
    const response = await fetch(await address("q=bulk"), { headers: { cookie: cookie() }, signal: stop.signal });
    await response.body?.getReader().read();
    stop.abort();
  }
  for (let waited = 0; (await cursors()) > before && waited < 100; waited += 1) await sleep(50);
  assert.ok(Number(await cursors()) <= before);
  assert.equal((await fetched("q=csv.example")).status, 200);
});

const address = async (query = "q=csv.example") => `${(await import("../../../support/app.js")).origin}${CSV}?${query}`;
const cookie = () => [...admin.cookies].map((pair) => pair.join("=")).join("; ");
