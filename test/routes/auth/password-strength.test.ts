import assert from "node:assert/strict";
import { test } from "node:test";
import { readToken, visitor } from "../../support/visitor.js";

async function meter() {
  const browser = visitor();
  const token = readToken((await browser.get("/register")).text);
  return (fields: Record<string, string>) => browser.send("/password-strength", fields, { "x-csrf-token": token });
}

test("the strength meter rates a password as the registration does", async () => {
  const ask = await meter();
  const judged = async (fields: Record<string, string>) => JSON.parse((await ask(fields)).text);
  assert.deepEqual(await judged({ password: "" }), { score: 0, ok: false, message: "Choose a password." });
  assert.equal((await judged({ password: "short" })).ok, false);
  assert.equal((await judged({ password: "password1234" })).ok, false);
  assert.equal((await judged({ password: "sturdy-Gate-in-the-wall" })).ok, true);
  assert.equal((await judged({ password: "zebulon-zebulon", username: "zebulon" })).ok, false);
});

test("a malformed request to the strength meter gives an error that does not repeat the input", async () => {
  const ask = await meter();
  for (const fields of [
    { password: "x".repeat(513) },
    { secret: "hidden-thing" },
    { password: "a", "password[]": "b" },
  ]) {
    const answer = await ask(fields as Record<string, string>);
    assert.equal(answer.status, 400);
    assert.doesNotMatch(answer.text, /hidden-thing/);
  }
  const echo = await ask({ password: "<script>alert(1)</script>" });
  assert.match(echo.headers.get("content-type") ?? "", /^application\/json/);
  assert.doesNotMatch(echo.text, /script/);
});

test("the strength meter needs the CSRF token of a page", async () => {
  assert.equal((await visitor().send("/password-strength", { password: "x" })).status, 403);
});
