import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import express from "express";
import { createHttpServer } from "../../../src/web/server/connections.js";

const prototypes = (req: object, res: object) => [Object.getPrototypeOf(req), Object.getPrototypeOf(res)];

test("Express does not change the prototypes of requests and responses", async () => {
  const app = express();
  const seen: object[][] = [];
  app.get("/where", (req, res) => {
    seen.push(prototypes(req, res));
    res.json({ path: req.path, of: req.app === app && res.app === app });
  });
  const server = createHttpServer(app);
  after(() => server.close());
  server.prependListener("request", (req, res) => seen.push(prototypes(req, res)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/where`);
  assert.deepEqual(await answer.json(), { path: "/where", of: true });
  assert.equal(seen.length, 2);
  assert.ok(seen[0]?.every((prototype, which) => prototype === seen[1]?.[which]));
});
