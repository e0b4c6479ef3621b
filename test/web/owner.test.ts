import "../support/app.js";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { Request } from "express";
import type { User } from "../../src/models/user.js";
import { findOwner } from "../../src/web/owner.js";
import { fresh } from "../support/users/passwords.js";
import { member } from "../support/users.js";

// Handlers read the account after the session was checked. In between, its owner may get it back from an intruder.

test("a request does not act on an account whose sessions have ended since the request was checked", async () => {
  for (const end of [(user: User) => user.setPassword(fresh), (user: User) => user.endSessions(), disable]) {
    const { id } = await member();
    const req = { user: { id, epoch: 0 } } as Request;
    const user = await findOwner(req);
    assert.equal(user.id, id);
    await end(user);
    await assert.rejects(findOwner(req), { name: "ChangedMeanwhile" }, end.name);
  }
});

const disable = (user: User) => user.disable();

test("no handler reads the account of its user in another way", () => {
  const files = readdirSync("src/routes", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const others = files.filter((file) =>
    /User\.find(ById|One)\((\{ _id: )?(getLoggedInUser\(req\)|req\.user|before|person|asking)\b/.test(
      readFileSync(`src/routes/${file}`, "utf8"),
    ),
  );
  assert.deepEqual(others, ["account/owner-proof.ts"], "it compares the epoch itself");
});
