import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

// Use cases write audit events. Each kind of event must be expected by a row of the tests in this folder, which make
// each write of the use case fail, or be listed here with a reason.

const excepted: Record<string, string> = {
  "session.refused": "the event is all that is written",
  "session.locked": "the event is all that is written",
  "session.replayed":
    "a copied cookie or token: its follow-up is that of any session (test/web/session/remember-me, test/routes/api/auth/sessions)",
  "factor.refused": "the event is all that is written",
  "factor.locked": "the event is all that is written",
  "passkey.refused": "the event is all that is written",
  "passkey.cloned": "the event is all that is written",
  "impersonation.acted": "the event is written before the form is taken (test/routes/auth/impersonation)",
  "email.lost": "a follow-up of a confirmation whose only step is the event",
  "password.reset-asked":
    "written in the one run of test/half-done/addresses.test.ts, which leaves it out of its lists",
  "users.exported": "the event is all that is written",
};

const root = new URL("../../../", import.meta.url).pathname;
const read = (path: string) => readFileSync(`${root}${path}`, "utf8");
const union = /export type Event =([^;]*);/.exec(read("src/services/audit.ts"))?.[1] ?? "";
const events = [...union.matchAll(/"([\w.-]+)"/g)].map(([, name = ""]) => name);
const rows = readdirSync(`${root}test/half-done`)
  .filter((file) => file.endsWith(".test.ts") && file !== "complete.test.ts")
  .map((file) => read(`test/half-done/${file}`))
  .join("\n");

test("each event of a use case has a row, or an exception with a reason", () => {
  assert.ok(events.length > 40);
  const missing = events.filter((event) => !rows.includes(`"${event}"`) && !(event in excepted));
  assert.deepEqual(missing, []);
});

test("no exception is outdated", () => {
  assert.deepEqual(
    Object.keys(excepted).filter((event) => !events.includes(event)),
    [],
  );
});
