import assert from "node:assert/strict";
import { once } from "node:events";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import express, { Router } from "express";
import "../support/environment.js";
import { listViewNames, loadViews } from "../../src/lib/view-engine.js";
import { createAssets } from "../../src/web/assets.js";
import { allowAll } from "../../src/web/guards.js";
import { mount } from "../../src/web/mount.js";
import { temporaryDirectory } from "../support/database/engine.js";

/** Writes files, by path, into a new folder. */
function write(files: Record<string, string>): string {
  const folder = temporaryDirectory();
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(folder, file, ".."), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

test("a view of the site replaces the view of the same path, also where another view includes it", () => {
  const folder = write({
    "layouts/site.ejs": "<%- body %>",
    "home/index.ejs": '<%- include("home/_wall") %> by upstream',
    "home/_wall.ejs": "a wall",
    "site/home/_wall.ejs": "a harbour",
    "site/about/show.ejs": "about us",
  });
  for (const reload of [true, false]) {
    const render = loadViews(folder, { reload });
    assert.equal(render("home/index", {}, {}), "a harbour by upstream");
    assert.equal(render("about/show", {}, {}), "about us");
  }
  assert.deepEqual(listViewNames(folder).sort(), ["about/show", "home/_wall", "home/index", "layouts/site"]);
});

test("a route of the site replaces that of the app with the same address, wherever it stands in the map", async () => {
  const routers = ["site", "app"].map((name) => Router().get("/", (_req, res) => void res.send(name)));
  const map = routers.map((router) => ({ at: "/", guard: allowAll, router }));
  const others = ["/a", "/b", "/c"].map((at) => ({ at, guard: allowAll, router: Router().get("/", () => {}) }));
  const server = createServer(express().use(mount([...map, ...others]))).listen(0, "127.0.0.1");
  await once(server, "listening");
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  assert.equal(await answer.text(), "site");
  server.close();
});

test("the styles of the site come last, and its files replace those of the same path", async () => {
  const folder = temporaryDirectory();
  cpSync("public", folder, { recursive: true });
  writeFileSync(join(folder, "css/site.css"), ":root { --gate: #334455; }");
  mkdirSync(join(folder, "site/images"), { recursive: true });
  writeFileSync(join(folder, "site/images/favicon.svg"), "<svg>harbour</svg>");
  const { serve, forViews } = createAssets(folder, { reload: false, join: true });
  const server = createServer(express().use(serve)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const read = async (path: string) =>
    (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`)).text();
  assert.match(await read(forViews.stylesheets[0] ?? ""), /--gate: #1d5a48[\s\S]*--gate: #334455; }$/);
  assert.equal(await read(forViews.asset("images/favicon.svg")), "<svg>harbour</svg>");
  assert.match(await read(forViews.asset("images/icons.svg")), /<svg/);
  server.close();
});
