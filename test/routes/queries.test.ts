import "../support/environment.js";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { queries } from "../../src/forms/query.js";
import { pageRoutes } from "../../src/routes/index.js";
import { listMountedRoutes } from "../../src/web/mount.js";
import { webhook } from "../support/jobs/webhooks.js";
import { domain } from "../support/users/domains.js";
import { type Member, member, post, withRole } from "../support/users.js";
import type { Page } from "../support/visitor.js";

// Every page must reject an invalid query. If a page ignored it, the result would contain more than the user asked for.

let root: Member;
let someone: Member;
let slug: string;
let postUrl: string;
let webhookId: string;
before(async () => {
  root = await withRole("superadmin");
  someone = await member();
  postUrl = await post(someone);
  slug = (await domain("Nonsense club")).slug;
  webhookId = await webhook();
});

const long = "x".repeat(3_100);
const places = ["x", "..", "%00", "null", "-1", "A".repeat(24), long];
/** Invalid values for each parameter, whatever the page. */
const wrong: Record<string, string[]> = {
  page: ["0", "-1", "x", "1.5", "1e1", "0x1", "+1", "9".repeat(16), "%00", long],
  before: [...places, "1.5", "1e3"],
  after: places,
  "/admin/domains after": ["..", "%00", "A", "x_y", "x".repeat(41), long],
  domain: ["nowhere", long],
  q: ["x".repeat(201), "%00", "%01x", "%27", "a+b+c+d+e+f+g"],
  role: ["king", "Admin", "__proto__", long],
  state: ["dead", "constructor", long],
  seen: ["yesterday", long],
  factor: ["yesterday", long],
  sort: ["salary", long],
  person: ["x".repeat(101)],
  event: ["made.up", "toString", long],
  from: ["yesterday", "2026-02-30", long],
  to: ["tomorrow", "2026-13-01", long],
  ids: [
    "x",
    "0".repeat(23),
    Array(40)
      .fill("0".repeat(24))
      .map((id, n) => `${id.slice(2)}${n + 10}`)
      .join("&ids="),
  ],
  action: ["", "promote", long],
  list: [],
};
/** Parameters that may occur several times. */
const several = ["ids"];
/** With an invalid selection of users, this page leads back to the list. */
const BULK = "/admin/users/bulk";

const getPath = (address: string) =>
  address === "/posts/:id/:slug"
    ? postUrl
    : address.replace(":slug", slug).replace(":username", someone.username).replace(":id", webhookId);

/** Checks that the page shows no data, and that an admin page names the parameter. */
function assertRefused(address: string, name: string, { status, location, text, headers }: Page, query: string) {
  if (address === BULK) return assert.deepEqual([status, location], [303, "/admin/users"], query);
  const isStrict = queries.get(address)?.isStrict;
  assert.equal(status, isStrict ? 422 : 404, query);
  assert.match(headers.get("content-type") ?? "", /^text\/html/);
  assert.ok(!text.includes(someone.email), query);
  if (isStrict)
    assert.ok(
      text.includes(`“${name}”`) || text.includes(`id="${name}-error"`),
      `the page does not name the parameter of ${query}`,
    );
}

test("every query schema belongs to a mounted page", () => {
  const known = listMountedRoutes(pageRoutes).map(({ method, path }) => `${method} ${path}`);
  for (const address of queries.keys()) assert.ok(known.includes(`GET ${address}`), address);
  assert.equal(queries.size, 16);
});

test("no page reads its query without a schema", () => {
  const routes = new URL("../../../src/", import.meta.url).pathname;
  const readers = readdirSync(routes, { recursive: true, encoding: "utf8" }).filter(
    (file) =>
      file.endsWith(".ts") && /\breq\.query\b|\bquery\b[^;]*\} = req\b/.test(readFileSync(join(routes, file), "utf8")),
  );
  // The JSON API declares its queries in forms/api. proof.ts reads the field that decides which proof an address needs.
  // return-to.ts passes on the address to return to.
  assert.deepEqual(readers.sort(), [
    "routes/api/endpoint.ts",
    "web/api/pagination.ts",
    "web/pages/query.ts",
    "web/pages/return-to.ts",
    "web/session/proof.ts",
  ]);
});

for (const [address, { names, isStrict }] of queries) {
  const ask = async (query: string) => root.get(`${getPath(address)}?${query}`);
  const usual = address === BULK ? `ids=${"0".repeat(24)}&action=disable&` : "";

  test(`${address}: an invalid value shows an error and no data`, async () => {
    for (const name of names) {
      const values =
        wrong[`${address} ${name}`] ??
        wrong[name] ??
        assert.fail(`a new parameter: say above what is wrong for ${name}`);
      const others = usual.replace(new RegExp(`${name}=[^&]*&`), "");
      for (const value of values) {
        const query = `${others}${name}=${value}`;
        assertRefused(address, name, await ask(query), query);
      }
      if (several.includes(name) || name === "list") continue;
      for (const query of [`${name}=1&${name}=1`, `${name}=&${name}=`])
        assertRefused(address, name, await ask(others + query), query);
    }
  });

  test(`${address}: an unknown parameter ${isStrict ? "shows an error" : "is ignored"}`, async () => {
    for (const name of ["rol", "utm_source", "$where", "constructor", "__proto__", "Page", "q[]", "role[$ne]"]) {
      const query = `${usual}${name}=1`;
      const answer = await ask(query);
      if (isStrict) assertRefused(address, name, answer, query);
      else assert.equal(answer.status, 200, query);
    }
  });

  test(`${address}: an empty value is ignored`, async () => {
    for (const name of names.filter((name) => !usual.includes(name)))
      assert.equal((await ask(`${usual}${name}=`)).status, 200, name);
  });
}

test("a client that accepts JSON gets the invalid parameter in a problem document", async () => {
  for (const path of ["/admin/users", "/admin/invitations", "/admin/audit-log"]) {
    const { status, text, headers } = await root.request(`${path}?rol=admin`, {
      headers: { accept: "application/json" },
    });
    assert.equal(status, 422);
    assert.match(headers.get("content-type") ?? "", /^application\/problem\+json/);
    assert.match(text, /“rol”/);
  }
});
