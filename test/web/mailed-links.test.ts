import "../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { purposes } from "../../src/models/token.js";
import { isMailedLink, withoutSecrets } from "../../src/web/mailed-links.js";

const secret = "kT9cVb3mQw8zLx5nRj2hGf7dYs4pAe6u-kT9cVb3mQw8";

test("the secret of each kind of link is left out, in paths, addresses and reports", () => {
  for (const purpose of purposes) {
    for (const path of [
      `/${purpose}/${secret}`,
      `//${purpose}/${secret}`,
      `/${purpose.toUpperCase()}/${secret}`,
      `/${purpose}/${secret}/more/${secret}`,
      `/${purpose}//${secret}`,
      `https://own.example/${purpose}/${secret}?x=1`,
      `"document-uri":"https://own.example/${purpose}/${secret}","referrer":"/${purpose}/${secret}"`,
      encodeURIComponent(`https://own.example/${purpose}/${secret}`),
    ]) {
      assert.ok(!withoutSecrets(path).includes(secret), `${path} → ${withoutSecrets(path)}`);
      assert.ok(withoutSecrets(path).toLowerCase().includes(purpose), "which kind it was is told");
    }
  }
});

test("what is no link stays as it is", () => {
  for (const path of [
    "/email-confirmation",
    "/password-reset?x",
    "/posts/1/not-me",
    "/account/email",
    "/posts/6123/a",
  ]) {
    assert.equal(withoutSecrets(path), path);
    assert.equal(isMailedLink(path), false);
  }
  assert.equal(isMailedLink(`/not-me/${secret}`), true);
});
