import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Types } from "mongoose";
import { Domain } from "../../../src/models/domain.js";
import { findSlugs } from "../../../src/services/domain/domains.js";
import "../../support/database/open.js";

test("the slugs of 120 domains are found, and deleted domains are skipped", async () => {
  const made = await Promise.all(
    Array.from({ length: 120 }, (_, n) => Domain.open({ name: `Circle ${n}`, slug: `circle-${n}` })),
  );
  const people = made.map((domain) => ({ roles: [{ role: "user", domain: (domain as { _id: unknown })._id }] }));
  const slugs = await findSlugs([...people, { roles: [{ domain: new Types.ObjectId() }, { domain: null }] }, {}]);
  assert.equal(slugs.size, 120);
  assert.ok([...slugs.values()].includes("circle-119"));
});
