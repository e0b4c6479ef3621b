import "../../../support/environment.js";
import "../../../support/settings/eight-places.js";
import "../../../support/app.js";
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { after, test } from "node:test";
import { createApp } from "../../../../src/app.js";
import { createHttpServer, usualLimits } from "../../../../src/web/server/connections.js";
import { jpeg, upload } from "../../../support/avatars/avatars.js";
import { until } from "../../../support/until.js";
import { member } from "../../../support/users.js";
import { visitor } from "../../../support/visitor.js";

const limits = { ...usualLimits, idleMs: 1_500, lookEveryMs: 100 };
const server = createHttpServer(createApp(), limits);
server.listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as AddressInfo;
after(() => {
  server.closeAllConnections();
  server.close();
});

type Member = Awaited<ReturnType<typeof member>>;

/** Starts an upload and never finishes it. */
function idle({ cookies }: Member) {
  const socket = connect(port, "127.0.0.1");
  const cookie = [...cookies].map((pair) => pair.join("=")).join("; ");
  const type = "multipart/form-data; boundary=b";
  socket.write(
    `POST /account/avatar HTTP/1.1\r\nHost: x\r\nCookie: ${cookie}\r\nContent-Type: ${type}\r\nContent-Length: 50000\r\n\r\n--b\r\n`,
  );
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk;
  });
  socket.on("error", () => undefined);
  return { answer: () => answer, closed: once(socket, "close") };
}

/** Returns the browser of the same user, at the server with short limits. */
function here({ cookies }: Member) {
  const same = visitor(`http://127.0.0.1:${port}`);
  for (const [name, value] of cookies) same.cookies.set(name, value);
  return same;
}

test("eight idle uploads are aborted, and another user can upload meanwhile", async () => {
  const idlers = await Promise.all(Array.from({ length: 4 }, () => member()));
  const ada = await member();
  const uploads = idlers.flatMap((one) => [idle(one), idle(one)]);
  const answer = await upload(here(ada), await jpeg());
  assert.equal(answer.status, 303);
  await until("all idle ones are cut off", () => uploads.every((one) => one.answer() !== ""));
  for (const one of uploads) assert.match(one.answer(), /^HTTP\/1\.1 408 /);
});

test("a user can have two uploads at once; a third gives 429, and a later one is accepted", async () => {
  const [ada, bob] = [await member(), await member()];
  const uploads = [idle(ada), idle(ada), idle(ada)];
  await until("one is refused", () => uploads.some((one) => one.answer().startsWith("HTTP/1.1 429 ")));
  assert.equal((await upload(here(bob), await jpeg())).status, 303);
  await until("the others are cut off", () => uploads.every((one) => one.answer() !== ""));
  assert.equal(uploads.filter((one) => one.answer().startsWith("HTTP/1.1 408 ")).length, 2);
  await until("their places are free", async () => (await upload(here(ada), await jpeg())).status === 303);
});
