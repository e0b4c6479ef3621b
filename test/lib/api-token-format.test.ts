import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createApiToken,
  getTokenPrefix,
  isWellFormedApiToken,
  looksLikeApiToken,
} from "../../src/lib/api-token-format.js";

test("a token has the prefix, 256 bits of secret and a checksum, and is unique", () => {
  const tokens = Array.from({ length: 1_000 }, createApiToken);
  assert.equal(new Set(tokens).size, tokens.length);
  for (const token of tokens) {
    assert.match(token, /^pst_[0-9A-Za-z]{49}$/);
    assert.ok(isWellFormedApiToken(token), token);
    assert.equal(getTokenPrefix(token), token.slice(0, 8));
  }
});

test("the checksum detects any change", () => {
  const token = createApiToken();
  for (let at = 4; at < token.length; at += 1) {
    const other = token.slice(0, at) + (token[at] === "a" ? "b" : "a") + token.slice(at + 1);
    assert.equal(isWellFormedApiToken(other), false, other);
    assert.ok(looksLikeApiToken(other));
  }
  for (const other of ["", "pst_", token.slice(1), `${token}0`, ` ${token}`, `${token}\n`, token.toUpperCase()]) {
    assert.equal(isWellFormedApiToken(other), false, other);
  }
});
