import assert from "node:assert/strict";
import { test } from "node:test";

process.env.TRUST_PROXY = "0";
await import("../support/settings/limits.js");
const { visitor } = await import("../support/visitor.js");

test("without a trusted proxy, forwarded headers are ignored", async () => {
  const statuses: number[] = [];
  for (let n = 0; n < 31; n += 1) {
    const browser = visitor();
    const token = /name="_csrf" value="([^"]+)"/.exec((await browser.get("/login")).text)?.[1] ?? "";
    const forwarded = { "x-forwarded-for": `192.0.2.${n}`, forwarded: `for=192.0.2.${n}`, "x-real-ip": `192.0.2.${n}` };
    statuses.push(
      (await browser.send("/login", { _csrf: token, login: `nobody${n}`, password: "x" }, forwarded)).status,
    );
  }
  assert.deepEqual(statuses, [...Array(30).fill(401), 429]);
});

test("a forwarded host or protocol is ignored: links and cookies follow the configuration", async () => {
  const headers = { "x-forwarded-host": "evil.example", "x-forwarded-proto": "https", host: "evil.example" };
  const page = await visitor().get("/login", headers);
  assert.doesNotMatch(page.text, /evil\.example/);
  assert.doesNotMatch(page.headers.getSetCookie().join(), /Secure|__Host-/);
  assert.doesNotMatch((await visitor().get("/dashboard", headers)).location ?? "", /evil/);
});
