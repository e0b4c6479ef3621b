import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8", withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`);

const kinds = {
  route: filesIn("src/routes"),
  form: filesIn("src/forms"),
  service: filesIn("src/services"),
  view: filesIn("views").filter((file) => !file.startsWith("views/mail")),
  mail: filesIn("views/mail"),
  test: filesIn("test"),
  e2e: filesIn("e2e"),
};
type Kind = keyof typeof kinds;

/** What the product can do, each by one word that its files have in their names, and what it does not consist of. */
const features: Record<string, Kind[]> = {
  register: ["mail"],
  login: [],
  logout: ["form", "view", "mail"],
  reauthenticate: ["mail"],
  "password-reset": [],
  "email-confirmation": [],
  "email-change": ["form"],
  "email-undo": [],
  "not-me": [],
  "remember-me": [],
  sessions: [],
  profile: [],
  avatar: [],
  password: [],
  export: [],
  deletion: [],
  "api-token": [],
  users: [],
  disable: [],
  roles: [],
  domains: [],
  invitation: [],
  impersonation: [],
  "audit-log": [],
};

for (const [word, without] of Object.entries(features)) {
  test(`${word}: found whole by its word`, () => {
    const found = Object.entries(kinds).filter(([, files]) => files.some((file) => file.includes(word)));
    const lacks = Object.keys(kinds).filter((kind) => !found.some(([name]) => name === kind));
    assert.deepEqual(lacks, without);
  });
}
