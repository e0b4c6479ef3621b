import "../support/environment.js";
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import mongoose from "mongoose";
import { config } from "../../src/config/index.js";
import { machineRoutes, pageRoutes } from "../../src/routes/index.js";
import { listMountedRoutes } from "../../src/web/mount.js";
import { isInSample } from "../support/settings/sample.js";
import { type Member, member, newPerson, post } from "../support/users.js";
import { type Page, readToken, type Visitor, visitor } from "../support/visitor.js";

const formPosts = listMountedRoutes(pageRoutes).filter(({ method }) => method === "POST");
/** Valid fields, so that only the token decides. */
const fields = {
  title: "Forged",
  body: "x",
  visibility: "public",
  bio: "Forged",
  login: "a",
  password: "sturdy-Gate-in-the-wall",
};

let ada: Member;
let bob: Member;
let postId = "";
before(async () => {
  [ada, bob] = [await member(), await member()];
  postId = (await post(ada)).split("/")[2] ?? "";
});

const fill = (path: string) => path.replace(":id", postId);

/** Only recurring jobs write these. */
const writtenByJobs = ["migrations", "auditseals"];

/** Returns all stored data, without that of recurring jobs and fields that change with time, by one command. */
async function everythingStored(): Promise<string> {
  const names = (await mongoose.connection.listCollections()).map(({ name }) => name).sort();
  const [first = "users", ...others] = names.filter((name) => !writtenByJobs.includes(name));
  const stored = (name: string) => [
    { $match: { repeatInterval: null } },
    { $project: { expires: 0, lastModified: 0 } },
    { $group: { _id: { $literal: name }, documents: { $push: "$$ROOT" } } },
  ];
  const unions = others.map((coll) => ({ $unionWith: { coll, pipeline: stored(coll) } }));
  return JSON.stringify(
    await mongoose.connection
      .collection(first)
      .aggregate([...stored(first), ...unions])
      .toArray(),
  );
}

/**
 * This address accepts only uploads and refuses an ordinary form even with a valid token.
 * test/routes/account/avatar/attacks.test.ts tests its token.
 */
const UPLOADS = "/account/avatar";

type Refusal = { before: string; status?: number };

/** @param before all stored data before the request */
async function refused(send: () => Promise<Page>, what: string, { before, status = 403 }: Refusal) {
  const answer = await send();
  assert.equal(answer.status, status, what);
  if (status === 403) assert.match(answer.text, /Nothing was changed/);
  assert.equal(answer.headers.getSetCookie().filter((line) => /^sid=/.test(line)).length, 0, what);
  assert.equal(await everythingStored(), before, what);
}

test("every address that accepts a POST is tested here, except those for programs and browser reports", () => {
  // The API ignores cookies; test/routes/api/access.test.ts tests that.
  assert.deepEqual(
    listMountedRoutes(machineRoutes).filter(({ method, path }) => method !== "GET" && !path.startsWith("/api/v1/")),
    [
      { method: "POST", path: "/csp-reports" },
      { method: "POST", path: "/unsubscribe/:token" }, // the link's signature is the proof (RFC 8058)
    ],
  );
  assert.ok(formPosts.length >= 8);
  assert.ok([...listMountedRoutes(pageRoutes)].every(({ method }) => method === "GET" || method === "POST"));
});

for (const { path } of formPosts.filter(isInSample)) {
  describe(`POST ${path}`, () => {
    const bodies = async (who: Visitor): Promise<Record<string, [string, Record<string, string>?]>> => {
      const own = readToken((await who.get(who === ada ? "/dashboard" : "/login")).text);
      const other = readToken((await bob.get("/dashboard")).text);
      const outside = readToken((await visitor().get("/login")).text);
      const form = new URLSearchParams(fields).toString();
      return {
        "no token": [form],
        "an empty token": [`${form}&_csrf=`],
        "another user's token": [`${form}&_csrf=${other}`],
        "a visitor's token": [`${form}&_csrf=${outside}`],
        "the token twice": [`${form}&_csrf=${own}&_csrf=${own}`],
        "the token as an array": [`${form}&_csrf[]=${own}`],
        "the token in the address": [form, { query: `?_csrf=${own}` }],
        "the token under another name": [`${form}&csrf=${own}&csrf-token=${own}`],
        "the token with one character changed": [`${form}&_csrf=${own.slice(0, -1)}${own.endsWith("A") ? "B" : "A"}`],
        "another user's token in the header": [form, { "x-csrf-token": other }],
      };
    };

    for (const [name, who, upload, fulfilled] of [
      ["a visitor", () => visitor(), 303, ["/logout"]],
      [
        "a member",
        () => ada,
        415,
        ["/login", "/register", "/reauthenticate", "/email-confirmation", "/impersonation/end"],
      ],
    ] as const) {
      // A form whose action is already done redirects to the result (src/web/pages/repeated-form.ts).
      const expected = path === UPLOADS ? upload : fulfilled.some((one) => one === path) ? 303 : 403;
      test(`${name} without a valid token changes nothing`, async () => {
        const browser = who();
        const all = Object.entries(await bodies(browser));
        const before = await everythingStored();
        for (const [what, [body, extra = {}]] of all) {
          const { query = "", ...headers } = extra;
          await refused(() => browser.send(fill(path) + query, body, headers), what, { before, status: expected });
        }
      });
    }

    test("a valid token from another site changes nothing", async () => {
      const _csrf = readToken((await ada.get("/dashboard")).text);
      const elsewhere: Record<string, string>[] = [
        { "sec-fetch-site": "cross-site" },
        { "sec-fetch-site": "same-site" },
        { origin: "https://evil.example" },
        { origin: "null" },
        { origin: `${config.baseUrl.origin}.evil.example` },
        { origin: `https://${config.baseUrl.host}` },
        { origin: "http://localhost:1" },
        { origin: "" },
      ];
      const before = await everythingStored();
      for (const headers of elsewhere) {
        await refused(() => ada.send(fill(path), { _csrf, ...fields }, headers), JSON.stringify(headers), { before });
      }
    });
  });
}

test("a form from our own origin is accepted, with the token in the field or in the header", async () => {
  const _csrf = readToken((await ada.get("/account/profile")).text);
  for (const headers of [
    {},
    { origin: config.baseUrl.origin },
    { "sec-fetch-site": "same-origin" },
    { "sec-fetch-site": "none" },
  ]) {
    assert.equal(
      (await ada.send("/account/profile", { _csrf, bio: "ok" }, headers as Record<string, string>)).status,
      303,
    );
  }
  assert.equal((await ada.send("/account/profile", { bio: "ok" }, { "x-csrf-token": _csrf })).status, 303);
});

test("a form with a planted visitor cookie is refused, unsigned or from another browser", async () => {
  const attacker = visitor();
  const token = readToken((await attacker.get("/login")).text);
  const victim = visitor();
  victim.cookies.set(
    "csrf",
    decodeURIComponent(attacker.cookies.get("csrf") ?? "")
      .slice(2)
      .split(".")[0] ?? "",
  );
  assert.equal((await victim.send("/register", { _csrf: token, ...newPerson() })).status, 403, "unsigned");
  ada.cookies.set("csrf", attacker.cookies.get("csrf") ?? "");
  assert.equal(
    (await ada.send("/account/profile", { _csrf: token, bio: "planted" })).status,
    403,
    "a logged-in user needs the token of the session",
  );
  ada.cookies.delete("csrf");
});

test("a visitor's token is invalid after the login, and a session's token is invalid after the logout", async () => {
  const person = await member();
  const browser = visitor();
  const outside = readToken((await browser.get("/login")).text);
  await browser.send("/login", { _csrf: outside, login: person.username, password: person.password });
  assert.equal((await browser.send("/account/profile", { _csrf: outside, bio: "x" })).status, 403);
  const inside = readToken((await browser.get("/dashboard")).text);
  await browser.send("/logout", { _csrf: inside });
  assert.equal(
    (await browser.send("/login", { _csrf: inside, login: person.username, password: person.password })).status,
    403,
  );
});
