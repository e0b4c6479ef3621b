import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable, Transform } from "node:stream";
import { after, before, test } from "node:test";
import type { Response } from "express";
import { sendStream } from "../../../src/web/server/send-stream.js";

/** As many as the middleware adds to a response. */
const LISTENERS = 8;
let answer: (res: Response) => Promise<void>;
let outcome: Promise<unknown>;
const server = createServer((_req, res: ServerResponse) => {
  for (let n = 0; n < LISTENERS; n += 1) res.once("close", () => undefined);
  outcome = answer(res as Response).then(
    () => "done",
    (error: Error) => error.message,
  );
});
const warnings: Error[] = [];
const note = (warning: Error) => void warnings.push(warning);
let origin = "";

before(async () => {
  process.on("warning", note);
  await once(server.listen(0, "127.0.0.1"), "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  process.off("warning", note);
  server.close();
});

test("what the streams deliver is sent, without a warning of too many listeners", async () => {
  const louder = new Transform({ transform: (text, _encoding, done) => done(null, String(text).toUpperCase()) });
  answer = (res) => sendStream(res, Readable.from(["one ", "two"]), louder);
  assert.equal(await (await fetch(origin)).text(), "ONE TWO");
  assert.equal(await outcome, "done");
  await new Promise(setImmediate); // warnings are emitted later
  assert.deepEqual(warnings, []);
});

test("a client that stops reading is no error", async () => {
  const endless = new Readable({
    read() {
      this.push(Buffer.alloc(65_536));
    },
  });
  answer = (res) => sendStream(res, endless);
  const stopping = new AbortController();
  await fetch(origin, { signal: stopping.signal });
  stopping.abort();
  assert.equal(await outcome, "done");
  assert.ok(endless.destroyed);
});

test("the error of a stream is thrown", async () => {
  const failing = new Readable({
    read() {
      this.destroy(new Error("the file is gone"));
    },
  });
  answer = (res) => sendStream(res, failing);
  await assert.rejects(fetch(origin).then((page) => page.text()));
  assert.equal(await outcome, "the file is gone");
});
