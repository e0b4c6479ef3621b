import "../support/environment.js";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { tokenForm } from "../../src/forms/account/api-tokens.js";
import { emailForm } from "../../src/forms/account/email-change.js";
import { recoveryEmailForm } from "../../src/forms/account/recovery-email.js";
import { createDomainForm } from "../../src/forms/admin/domains.js";
import { invitationForm } from "../../src/forms/admin/invitations.js";
import { emailConfirmationForm } from "../../src/forms/auth/email-confirmation.js";
import { passwordResetForm } from "../../src/forms/auth/password-reset.js";
import { commentForm } from "../../src/forms/comments.js";
import { postForm } from "../../src/forms/posts.js";
import { createOnceKey, deriveIdFromKey } from "../../src/lib/once-keys.js";

/** Every form that creates something or requests an email, with its view. */
const forms = {
  "posts/new": postForm,
  "comments/new": commentForm,
  "comments/_list": commentForm,
  "admin/domains/index": createDomainForm,
  "admin/invitations": invitationForm,
  "account/api-tokens/index": tokenForm,
  "account/email-change": emailForm({ hasPassword: true }),
  "account/recovery-email": recoveryEmailForm({ hasPassword: true }),
  "auth/email-confirmation/new": emailConfirmationForm,
  "auth/password-reset/new": passwordResetForm,
};
const folder = fileURLToPath(new URL("../../../views", import.meta.url));

for (const [view, form] of Object.entries(forms)) {
  test(`the form of ${view} has a new once key each time, and keeps it when rendered again`, () => {
    assert.match(readFileSync(`${folder}/${view}.ejs`, "utf8"), /include\("partials\/once", \{ form \}\)/);
    const key = form.blank().fields.once?.value ?? "";
    assert.match(key, /^[0-9a-f]{32}$/);
    assert.notEqual(form.blank().fields.once?.value, key);
    const refused = form.parse({ once: key });
    assert.ok(!refused.ok);
    assert.equal(refused.form.fields.once?.value, key);
    assert.equal(form.reject({ once: key }, { "": "No." }).fields.once?.value, key);
  });

  test(`an invalid once key in the form of ${view} is ignored and replaced`, () => {
    const old = `0000000a${"a".repeat(24)}`;
    for (const once of ["", "x", "A".repeat(32), old, `ffffffff${"a".repeat(24)}`, undefined]) {
      const { form: drawn } = form.parse({ once }) as { form: ReturnType<typeof form.blank> };
      assert.equal(drawn.fields.once?.error, null);
      assert.notEqual(drawn.fields.once?.value, once);
    }
  });
}

test("the derived id depends on the key and on everything that was sent", () => {
  const key = createOnceKey();
  assert.equal(deriveIdFromKey(key, ["a", "b"]), deriveIdFromKey(key, ["a", "b"]));
  const others = [
    deriveIdFromKey(key, ["a", "c"]),
    deriveIdFromKey(key, ["ab"]),
    deriveIdFromKey(createOnceKey(), ["a", "b"]),
  ];
  assert.equal(new Set([deriveIdFromKey(key, ["a", "b"]), ...others]).size, 4);
});
