import "../../support/environment.js";
import assert from "node:assert/strict";
import { createServer, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import express, { type RequestHandler, type Response } from "express";
import session from "express-session";
import { errors } from "../../../src/web/errors.js";
import { requestDeadline } from "../../../src/web/server/request-deadline.js";

const DEADLINE_MS = 100;
const LONGER_MS = 3 * DEADLINE_MS;

/** The results of handlers that were too slow. */
const late: Promise<unknown>[] = [];
const lateAnswers: Record<string, (res: Response) => unknown> = {
  json: (res) => res.status(200).json({ late: true }),
  redirect: (res) => res.cookie("a", "b").redirect("/elsewhere"),
  pieces: (res) => {
    res.writeHead(200, { "x-late": "yes" });
    res.write("late");
    res.end("later");
  },
  callback: (res) => new Promise((done) => setTimeout(() => done(res.set("x-late", "yes").send("late")), 1)),
  failure: () => Promise.reject(new Error("late")),
};

const slow: RequestHandler = (req, res) => {
  const done = pause(LONGER_MS).then(() => lateAnswers[req.path.slice(1)]?.(res));
  late.push(done.catch(() => undefined));
  return done;
};
const never = class extends session.Store {
  override get = () => undefined;
  override set = () => undefined;
  override destroy = () => undefined;
};
const sessions = session({ secret: "x", resave: true, saveUninitialized: true, store: new never() });

const app = express();
app.use(requestDeadline(errors, DEADLINE_MS));
app.get("/download", async (_req, res) => {
  for (const piece of ["one ", "two ", "three"]) {
    res.write(piece);
    await pause(LONGER_MS);
  }
  res.end();
});
app.post("/upload", express.text(), (req, res) => void res.send(req.body));
app.post("/unread", () => undefined);
app.get("/session", sessions, () => undefined);
for (const path of Object.keys(lateAnswers)) app.get(`/${path}`, slow);
app.get("/quick", (_req, res) => void res.send("quick"));
app.use(errors);
const server = createServer(app);
let origin: string;

before(async () => {
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const get = (path: string, init: RequestInit = {}) =>
  fetch(origin + path, { ...init, headers: { accept: "application/json" }, redirect: "manual" });

async function assertUnavailable(answer: globalThis.Response) {
  assert.equal(answer.status, 503);
  assert.match(answer.headers.get("retry-after") ?? "", /^\d+$/);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
  assert.equal((await answer.json()).status, 503);
}

for (const path of Object.keys(lateAnswers)) {
  test(`a request without a response gets 503 in time, and a late ${path} has no effect`, async () => {
    const answer = await get(`/${path}`);
    await assertUnavailable(answer);
    assert.equal(answer.headers.get("x-late"), null);
    await Promise.all(late);
    assert.equal(await (await get("/quick")).text(), "quick");
  });
}

test("a session that cannot be saved does not delay the response", async () => {
  await assertUnavailable(await get("/session"));
});

test("an unread body does not extend the deadline", async () => {
  await assertUnavailable(await get("/unread", { method: "POST", body: "x".repeat(1_000_000) }));
});

test("a download may take as long as it needs", async () => {
  assert.equal(await (await get("/download")).text(), "one two three");
});

test("a slow upload may take as long as it needs", async () => {
  const answer = new Promise<string>((resolve, reject) => {
    const upload = send(
      `${origin}/upload`,
      { method: "POST", headers: { "content-type": "text/plain" } },
      async (res) => {
        let text = `${res.statusCode} `;
        for await (const piece of res) text += piece;
        resolve(text);
      },
    );
    upload.once("error", reject);
    (async () => {
      for (const piece of ["one ", "two ", "three"]) {
        upload.write(piece);
        await pause(LONGER_MS);
      }
      upload.end();
    })();
  });
  assert.equal(await answer, "200 one two three");
});
