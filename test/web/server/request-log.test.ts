import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { createSecret } from "../../../src/lib/secrets.js";
import { purposes } from "../../../src/models/mailed-link.js";
import { temporaryDirectory, temporaryEngine } from "../../support/database/engine.js";
import { freePort, startServer } from "../../support/processes/server.js";
import { until } from "../../support/until.js";
import { readToken, visitor } from "../../support/visitor.js";

// Uses raw sockets: clients can send any path, but fetch would normalize some of these spellings.

/** Sends these requests pipelined on one connection (RFC 9112, 9.3.2), and reads all responses. */
function pipeline(port: number, targets: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let answers = "";
    const socket = connect(port, "127.0.0.1", () => {
      const last = targets.length - 1;
      for (const [n, target] of targets.entries())
        socket.write(
          `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: ${n === last ? "close" : "keep-alive"}\r\n\r\n`,
        );
    });
    socket.on("data", (bytes) => {
      answers += bytes.toString("latin1");
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(answers));
  });
}

const encoded = (text: string, upper = false) =>
  [...text]
    .map((one) => one.charCodeAt(0).toString(16).padStart(2, "0"))
    .map((code) => `%${upper ? code.toUpperCase() : code}`)
    .join("");

const spellings: Record<string, (path: string, secret: string, port: number) => string> = {
  "as it is": (path, secret) => `/${path}/${secret}`,
  "in capitals": (path, secret) => `/${path.toUpperCase()}/${secret}`,
  "with the hyphen encoded": (path, secret) => `/${path.replaceAll("-", "%2D")}/${secret}`,
  "with the hyphen encoded in small letters": (path, secret) => `/${path.replaceAll("-", "%2d")}/${secret}`,
  "with all encoded": (path, secret) => `/${encoded(path)}/${encoded(secret)}`,
  "with all encoded in capitals": (path, secret) => `/${encoded(path, true)}/${encoded(secret, true)}`,
  "with slashes doubled": (path, secret) => `//${path}//${secret}`,
  "with an encoded slash": (path, secret) => `/${path}%2f${secret}`,
  "with parameters behind": (path, secret) => `/${path}/${secret};jsessionid=1`,
  "with parameters between": (path, secret) => `/${path};v=1/${secret}`,
  "with dots": (path, secret) => `/./x/../${path}/${secret}`,
  "with a query": (path, secret) => `/${path}/${secret}?next=/${path}/${secret}`,
  "in absolute form": (path, secret, port) => `http://localhost:${port}/${path}/${secret}`,
  "in absolute form, in capitals": (path, secret) => `HTTP://EXAMPLE.ORG/${path}/${secret}?x`,
  "in absolute form, with a user": (path, secret) => `http://a:${secret}@localhost/${path}/${secret}`,
  "of the API, which has no such address": (path, secret) => `/api/v1/${path}/${secret}`,
};

test("no spelling of a mailed link leaves its secret in the log", async () => {
  const port = await freePort();
  const { uri } = await temporaryEngine();
  const server = startServer({
    NODE_ENV: "test",
    PORT: String(port),
    MONGODB_URI: uri,
    DATA_DIR: temporaryDirectory(),
    BCRYPT_COST: "4",
    LOG_LEVEL: "trace",
    PASSWORD_PEPPER: createSecret(),
    SESSION_SECRET: createSecret(),
  });
  assert.ok(await server.ready, server.output());
  const secrets: string[] = [];
  let sent = 0;
  for (const path of [...purposes, "invitations", "setup"]) {
    const targets = Object.values(spellings).map((write) => {
      const secret = createSecret();
      secrets.push(secret);
      return write(path, secret, port);
    });
    const answers = await pipeline(port, targets);
    assert.equal(answers.match(/^HTTP\/1\.1 /gm)?.length, targets.length, path);
    assert.doesNotMatch(answers, /^HTTP\/1\.1 5/m, path);
    sent += targets.length;
  }
  server.stop();
  assert.equal(await server.ended, 0, server.output());
  const log = server.output();
  assert.equal(log.match(/"msg":"request"/g)?.length, sent, "each request has one log line");
  for (const secret of secrets)
    for (const trace of [secret, encoded(secret), encoded(secret, true)])
      for (const part of [trace.slice(0, 18), trace.slice(-18)]) assert.ok(!log.includes(part), `${part} of ${secret}`);
});

test("a trace that a proxy has begun continues in the answer, the error page, the log, and the jobs of the request", async () => {
  const [trace, port] = ["4bf92f3577b34da6a3ce929d0e0e4736", await freePort()];
  const server = startServer({
    NODE_ENV: "test",
    PORT: String(port),
    MONGODB_URI: (await temporaryEngine()).uri,
    DATA_DIR: temporaryDirectory(),
    BCRYPT_COST: "4",
    LOG_LEVEL: "info",
    RATE_LIMITS: "off",
  });
  assert.ok(await server.ready, server.output());
  const browser = visitor(`http://127.0.0.1:${port}`);
  const get = (traceparent: string) => browser.get("/nowhere", { traceparent });
  const missing = await get(`00-${trace}-00f067aa0ba902b7-01`);
  assert.equal(missing.headers.get("x-request-id"), trace);
  assert.ok(missing.text.includes(trace), "the error page shows it");
  const malformed = await get(`00-${trace}-00f067aa0ba902b7`);
  assert.match(malformed.headers.get("x-request-id") ?? "", /^[0-9a-f]{8}-[0-9a-f-]{27}$/);

  const _csrf = readToken((await browser.get("/password-reset")).text);
  const other = "0af7651916cd43dd8448eb211c80319c";
  const headers = { traceparent: `00-${other}-00f067aa0ba902b7-01` };
  const sent = await browser.send("/password-reset", { _csrf, email: "nobody@example.org" }, headers);
  assert.equal(sent.status, 303, sent.text);
  const lines = () =>
    server
      .output()
      .split("\n")
      .filter((line) => line.includes(other));
  await until("the email's line has the trace", () => lines().some((line) => line.includes('"mail.sent"')));
  assert.ok(
    lines().some((line) => line.includes('"event":"password.reset-asked"')),
    "the audit event",
  );
  assert.ok(
    lines().some((line) => line.includes('"msg":"request"')),
    "the request",
  );
  server.stop();
  assert.equal(await server.ended, 0, server.output());
});
