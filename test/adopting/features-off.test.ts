import "../support/settings/features-off.js";
import "../support/environment.js";
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { hasAddress } from "../../src/definitions/features.js";
import { proofs } from "../../src/definitions/proofs.js";
import { User } from "../../src/models/user.js";
import { machineRoutes, pageRoutes } from "../../src/routes/index.js";
import { listMountedRoutes } from "../../src/web/mount.js";
import { member, withRole } from "../support/users.js";
import { type Visitor, visitor } from "../support/visitor.js";

/** The addresses of the three features, with values for their parameters. */
const off = Object.entries(proofs)
  .filter(([path]) => !hasAddress(path))
  .flatMap(([path, row]) =>
    Object.keys(row).map((method) => ({ method, path: path.replace(/:\w+/g, "0".repeat(24)) })),
  );

const browsers = new Map<string, Visitor>();
let subject = { id: "", username: "" };
before(async () => {
  const { username } = await member();
  subject = { id: (await User.findOne({ username }).orFail()).id, username };
  browsers.set("visitor", visitor());
  browsers.set("member", await member());
  browsers.set("superadmin", await withRole("superadmin"));
});

describe("posts, organizations and the API are switched off", () => {
  test("the list of their addresses is what is expected", () => {
    const heads = new Set(off.map(({ path }) => path.split("/").slice(1, 3).join("/").replace(/\/0+$/, "")));
    const pages = ["posts", "posts/new", "comments", "domains", "admin/domains", "account/notifications"];
    const programs = [
      "api/v1",
      "apidocs",
      "openapi.json",
      ".well-known/jwks.json",
      "account/api-tokens",
      "admin/users",
    ];
    assert.deepEqual([...heads].sort(), [...pages, ...programs].sort());
    assert.ok(off.length > 100, String(off.length));
  });

  test("each of their addresses answers 404 to every user", async () => {
    for (const browser of browsers.values())
      for (const { method, path } of off) {
        if (method !== "GET" && path.startsWith("/api/")) continue; // the next test
        const { status } = method === "GET" ? await browser.get(path) : await browser.send(path, {});
        assert.equal(status, 404, `${method} ${path}`);
      }
  });

  test("calls of the API answer 404 with a problem document", async () => {
    const { origin } = await import("../support/app.js");
    for (const { method, path } of off.filter(({ path }) => path.startsWith("/api/"))) {
      const answer = await fetch(origin + path, { method });
      assert.equal(answer.status, 404, `${method} ${path}`);
      assert.equal((await answer.json()).status, 404);
    }
  });

  /** The addresses of pages that can be opened without values, or with those of a user. */
  const pages = () =>
    listMountedRoutes([...machineRoutes, ...pageRoutes])
      .filter(({ method }) => method === "GET")
      .map(({ path }) =>
        path.replace("/users/:username", `/users/${subject.username}`).replace("/users/:id", `/users/${subject.id}`),
      )
      .filter((path) => !path.includes(":"));

  test("no page links to them", async () => {
    let links = 0;
    for (const [who, browser] of browsers)
      for (const path of [...pages(), "/no-such-page"]) {
        const { text } = await browser.get(path);
        for (const [, to = ""] of text.matchAll(/\s(?:href|action)="(?:http:\/\/[^/"]+)?(\/[^"?#]*)/g)) {
          links += 1;
          assert.ok(hasAddress(to), `${who}: ${path} links to ${to}`);
        }
      }
    assert.ok(links > 1000, String(links));
    assert.ok(pages().length > 40, String(pages().length));
  });

  test("no page speaks of them", async () => {
    const listing = ["/problems", "/admin/audit-log"]; // all kinds for programs; kinds of events that were recorded earlier
    const found = new Set<string>();
    let read = 0;
    for (const [who, browser] of browsers)
      for (const path of pages()) {
        if (listing.includes(path)) continue;
        const { text } = await browser.get(path);
        if (!/^\s*<!doctype html>/i.test(text)) continue;
        read += 1;
        const shown = text.replace(/<(script|style)[\s\S]*?<\/\1>/g, " ").replace(/<[^>]*>/g, " ");
        for (const [words] of shown.matchAll(/.{0,40}\b([Pp]osts?|[Cc]omments?|[Oo]rgani[sz]ations?|API)\b.{0,40}/g))
          found.add(`${who}: ${path}: ${words.trim()}`);
      }
    assert.deepEqual([...found], []);
    assert.ok(read > 100, String(read));
  });
});
