import "../../support/environment.js";
import assert from "node:assert/strict";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { config } from "../../../src/config/index.js";
import { engine } from "../../support/app.js";
import { temporaryDirectory } from "../../support/database/engine.js";
import { freePort, startServer } from "../../support/processes/server.js";
import { account } from "../../support/users/accounts.js";
import { visitor } from "../../support/visitor.js";

/** The ports of the servers that get requests, in turn. */
let ports: number[] = [];
let turn = 0;
const balancer = createServer((req, res) => {
  turn += 1;
  const { method, headers, url: path } = req;
  const sent = request({ host: "127.0.0.1", port: ports[turn % ports.length], method, path, headers }, (answer) => {
    res.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(res);
  });
  req.pipe(sent.on("error", () => res.destroy()));
});
await new Promise<void>((listening) => balancer.listen(0, "127.0.0.1", listening));
const address = `http://127.0.0.1:${(balancer.address() as AddressInfo).port}`;

async function start() {
  const port = await freePort();
  const server = startServer({
    NODE_ENV: "test",
    PORT: String(port),
    BASE_URL: address,
    MONGODB_URI: engine.uri,
    DATA_DIR: temporaryDirectory(),
    BCRYPT_COST: "4",
    PASSWORD_PEPPER: config.passwordPepper,
    SESSION_SECRET: config.sessionSecrets.join(),
  });
  assert.ok(await server.ready, server.output());
  return { port, ...server };
}

let servers: Awaited<ReturnType<typeof start>>[] = [];
before(async () => {
  servers = await Promise.all([start(), start()]);
  ports = servers.map(({ port }) => port);
});
after(async () => {
  balancer.close();
  balancer.closeAllConnections();
  for (const server of servers) server.stop();
  await Promise.all(servers.map(({ ended }) => ended));
});

test("behind a load balancer, each request may reach another server, and one server may stop", async () => {
  const { username, password } = await account();
  const ada = visitor(address);
  assert.equal((await ada.submit("/login", { login: username, password })).status, 303);
  for (let n = 0; n < 4; n += 1) assert.match((await ada.get("/dashboard")).text, new RegExp(`Hello, ${username}`));
  const written = await ada.submit("/posts/new", { title: "A gate", body: "x", visibility: "members" }, "/posts");
  for (let n = 0; n < 2; n += 1) assert.equal((await ada.get(written.location ?? "")).status, 200);

  servers[0]?.stop();
  await servers[0]?.ended;
  ports = ports.slice(1);
  assert.equal((await ada.get("/dashboard")).status, 200);
  assert.equal((await ada.submit("/dashboard", {}, "/logout")).status, 303);
  assert.equal((await ada.get("/dashboard")).status, 303);
});

test("a session that ends at one server ends at the other", async () => {
  const replacement = await start();
  servers.push(replacement);
  ports = [...ports, replacement.port];
  const { username, password } = await account();
  const ada = visitor(address);
  await ada.submit("/login", { login: username, password });
  const copy = visitor(address);
  for (const [name, value] of ada.cookies) copy.cookies.set(name, value);
  assert.equal((await ada.submit("/dashboard", {}, "/logout")).status, 303);
  for (let n = 0; n < 2; n += 1) assert.equal((await copy.get("/dashboard")).status, 303);
});
