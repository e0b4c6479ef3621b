import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { viewNames } from "../../../src/lib/view-engine.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** The text of a file of ours. */
export const read = (path: string): string => readFileSync(root + path, "utf8");

/** The names of all emails. */
export const mails = viewNames(`${root}views/mail`).filter((name) => !name.startsWith("_"));

/** What the view of an email needs, by its first line. */
export const localsOf = (name: string): string[] =>
  /locals: ([\w, ]+?) %>/.exec(read(`views/mail/${name}.ejs`))?.[1]?.split(", ") ?? assert.fail(name);
