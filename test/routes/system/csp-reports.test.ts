import assert from "node:assert/strict";
import { test } from "node:test";
import { visitor } from "../../support/visitor.js";

const send = (body: string, type = "application/csp-report") =>
  visitor().request("/csp-reports", { method: "POST", body, headers: { "content-type": type } });

test("a CSP report is accepted without a CSRF token or cookie", async () => {
  for (const type of ["application/csp-report", "application/reports+json"]) {
    const answer = await send('{"csp-report":{"blocked-uri":"https://evil.example"}}', type);
    assert.equal(answer.status, 204);
    assert.equal(answer.headers.getSetCookie().length, 0);
  }
});

test("a malformed or large CSP report gives an error", async () => {
  assert.equal((await send("{")).status, 400);
  assert.equal((await send('"text"')).status, 400);
  assert.equal((await send(JSON.stringify({ a: "x".repeat(11_000) }))).status, 413);
  assert.equal((await visitor().get("/csp-reports")).status, 405);
});
