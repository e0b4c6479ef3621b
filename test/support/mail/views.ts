import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { config } from "../../../src/config/index.js";
import { listViewNames } from "../../../src/lib/view-engine.js";
import { findView } from "../../../src/mail/find-view.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** Reads a file of the project. */
export const read = (path: string): string => readFileSync(root + path, "utf8");

/** The names of all emails. */
export const mails = listViewNames(`${root}views`)
  .filter((path) => path.startsWith("mail/"))
  .map((path) => basename(path))
  .filter((name) => !name.startsWith("_"));

/** Lists the locals that the view of an email needs, as its first line states them. */
export const listLocals = (name: string): string[] =>
  /locals: ([\w, ]+?) %>/.exec(read(`views/${findView(name)}.ejs`))?.[1]?.split(", ") ?? assert.fail(name);

const own = config.baseUrl.origin;

/** A value for each local of all emails. */
export const given: Record<string, unknown> = {
  username: "ada",
  device: "Firefox on Linux",
  reason: "You sold <umbrellas>, **twice** & [more](x).",
  given: ["admin"],
  taken: ["superadmin"],
  isByAdmin: false,
  isByFactor: false,
  needsAdmin: false,
  ip: "2001:db8::7",
  at: "2026-11-24T14:12:30.000Z",
  inviter: "bob",
  commenter: "carla",
  comment: "6b061278ad15b08c25d4ff74",
  webhook: "6b061278ad15b08c25d4ff75",
  unsubscribe: `${own}/unsubscribe/secret_of-43`,
  what: "read posts for members, and write your own",
  domain: "fish-fans",
  beginning: "pst_Ab3x",
  until: "2026-12-08T14:12:30.000Z",
  accept: `${own}/invitations/secret_of-43`,
  asAsked: true,
  dueAt: "2026-12-08T14:12:30.000Z",
  confirm: `${own}/email-confirmation/secret_of-43`,
  reset: `${own}/password-reset/secret_of-43`,
  notMe: `${own}/not-me/secret_of-43`,
  start: `${own}/factor-recovery/secret_of-43`,
  cancel: `${own}/factor-recovery-cancel/secret_of-43`,
  day: "2026-11-29",
  head: "5f".repeat(32),
  undo: `${own}/email-undo/secret_of-43`,
};
