import "../../support/environment.js";
import "../../support/settings/audit-address.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { AuditEvent, KEPT_MS } from "../../../src/models/audit-event.js";
import { AuditSeal } from "../../../src/models/audit-seal.js";
import { sealAuditLog } from "../../../src/services/operations/audit-chain/seal.js";
import { verifyAuditLog } from "../../../src/services/operations/audit-chain/verify.js";
import "../../support/app.js";
import { mailAbout } from "../../support/mailbox.js";

test("the newest head is sent to AUDIT_ADDRESS once, with the command that checks it", async () => {
  const at = new Date(Date.now() - 2 * 86_400_000);
  await AuditEvent.collection.insertOne({
    event: "x",
    user: null,
    at,
    expiresAt: new Date(at.getTime() + KEPT_MS),
  } as never);
  await sealAuditLog();
  const { last } = await verifyAuditLog();
  const { text } = await mailAbout("auditor@example.org", /Audit log of/);
  assert.ok(text.replace(/\s+/g, " ").includes(`npm run audit -- verify --head ${last?.day}=${last?.head}`), text);
  await sealAuditLog();
  assert.equal(await AuditSeal.countDocuments({ isSent: true }), 1);
});
