import "../../support/environment.js";
import assert from "node:assert/strict";
import { Agent, type ClientRequest, get } from "node:http";
import { after, mock, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import mongoose from "mongoose";
import { SessionStore } from "../../../src/web/session/store.js";
import { origin } from "../../support/app.js";
import { member } from "../../support/users.js";

test("a session that cannot be extended affects neither the response nor its connection", async () => {
  const ada = await member();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  after(() => agent.destroy());
  const headers = { cookie: [...ada.cookies].map((pair) => pair.join("=")).join("; ") };
  const dashboard = () =>
    new Promise<{ status?: number; text: string; request: ClientRequest }>((resolve, reject) => {
      const request = get(`${origin}/dashboard`, { agent, headers }, async (res) => {
        let text = "";
        for await (const piece of res) text += piece;
        resolve({ ...(res.statusCode && { status: res.statusCode }), text, request });
      }).once("error", reject);
    });
  const failing = mock.method(SessionStore.prototype, "touch", ((_id, _session, done) =>
    done?.(new mongoose.mongo.MongoNetworkError("gone"))) as SessionStore["touch"]);
  for (const isReused of [false, true, true]) {
    const { status, text, request } = await dashboard();
    assert.equal(status, 200);
    assert.match(text, /<\/html>\s*$/);
    assert.equal(request.reusedSocket, isReused);
    await pause(20); // the error comes after the response
  }
  assert.ok(failing.mock.callCount() >= 3);
});
