import "../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSecret } from "../../src/lib/secrets.js";
import { purposes } from "../../src/models/mailed-link.js";
import { isMailedLink, removeSecrets } from "../../src/web/secret-urls.js";

const encoded = (text: string) =>
  [...text].map((one) => `%${one.charCodeAt(0).toString(16).padStart(2, "0")}`).join("");
const twice = (text: string) => encoded(text).replaceAll("%", "%25");

/** Spellings of an address that the router, or a proxy before it, treats as the same. */
const spellings: Record<string, (path: string, secret: string) => string> = {
  plain: (path, secret) => `/${path}/${secret}`,
  "in upper case": (path, secret) => `/${path.toUpperCase()}/${secret}`,
  "with double slashes": (path, secret) => `//${path}//${secret}`,
  "with the hyphen encoded": (path, secret) => `/${path.replaceAll("-", "%2D")}/${secret}`,
  "with all letters encoded": (path, secret) => `/${encoded(path)}/${secret}`,
  "with all letters encoded twice": (path, secret) => `/${twice(path)}/${secret}`,
  "with the slash encoded": (path, secret) => `/${path}%2F${secret}`,
  "with the slash encoded twice": (path, secret) => `/${path}%252f${secret}`,
  "with backslashes": (path, secret) => `/${path}%5c${secret}`,
  "with the secret encoded": (path, secret) => `/${path}/${encoded(secret)}`,
  "with a trailing slash": (path, secret) => `/${path}/${secret}/`,
  "with a query": (path, secret) => `/${path}/${secret}?x=1#y`,
  "on another host": (path, secret) => `https://example.org/${path}/${secret}`,
  "as part of a query": (path, secret) => `/login?next=${encodeURIComponent(`/${path}/${secret}`)}`,
  "below another path": (path, secret) => `/x/${path}/${secret}`,
  "at an address without a name": (_path, secret) => `/elsewhere/${secret}`,
};

for (const [name, write] of Object.entries(spellings)) {
  test(`the secret in an address is not logged: ${name}`, () => {
    for (const path of [...purposes, "invitations", "setup"]) {
      for (let n = 0; n < 20; n += 1) {
        const secret = createSecret();
        const masked = removeSecrets(write(path, secret));
        for (const part of [secret, encoded(secret)]) assert.ok(!masked.includes(part.slice(4, 24)), masked);
      }
    }
  });
}

test("a wrong secret, short or in lower case, is removed too", () => {
  assert.equal(removeSecrets("/password%2Dreset/sesame"), "/password%2Dreset/…");
  assert.equal(removeSecrets("//Password-Reset/sesame"), "//Password-Reset/…");
  assert.ok(isMailedLink("/password%2Dreset/sesame"));
});

test("addresses without a secret stay unchanged", () => {
  const plain = [
    "/",
    "/posts/65f0c0ffee65f0c0ffee65f0/a-very-long-title-that-has-more-than-thirty-two-letters-in-it",
    "/admin/users/65f0c0ffee65f0c0ffee65f0",
    "/password-reset",
    "/email-confirmation",
    "/users/Ada-Lovelace",
  ];
  for (const path of plain) assert.equal(removeSecrets(path), path);
});
