import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

// All files of a feature have the same word in their names or in the name of their folder, so that
// `find . -name '*password-reset*'` finds them. This list of features says why one lacks a kind of file. A missing file
// without a reason fails, and so does an outdated reason or a replaced word in a file name.

const root = fileURLToPath(new URL("../../", import.meta.url));
const filesIn = (folder: string, { without }: { without?: string } = {}) =>
  readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8", withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath.slice(root.length)}/${entry.name}`)
    .filter((file) => !without || !file.startsWith(`${without}/`))
    .map((file) => file.slice(folder.length + 1));

const kinds = {
  route: filesIn("src/routes"),
  form: filesIn("src/forms"),
  service: filesIn("src/services"),
  view: filesIn("views", { without: "views/mail" }),
  mail: filesIn("views/mail"),
  test: filesIn("test", { without: "test/support" }),
  e2e: filesIn("e2e", { without: "e2e/support" }),
};
type Kind = keyof typeof kinds;
type Feature = {
  /** Kinds of files that the feature does not have, with the reasons. */
  without?: Partial<Record<Kind, string>>;
  /** Words that no file name may contain, because the feature's word replaces them. */
  never?: string[];
};

const button = "one button: forms/empty.ts";
const silent = "it sends no email";

const features: Record<string, Feature> = {
  register: { never: ["registration", "sign-up", "signup", "welcoming", "founding", "main-story"] },
  login: { never: ["sign-in", "signin", "log-in"] },
  logout: { without: { form: button, view: "a button in the header", mail: silent }, never: ["sign-out", "signout"] },
  reauthenticate: { without: { mail: silent }, never: ["current-password", "recent-login"] },
  "password-reset": { never: ["forgot", "forgotten"] },
  "email-confirmation": { never: ["confirm-email", "address-corrected", "resend"] },
  "email-change": { never: ["confirm-new-email", "change-email"] },
  "email-undo": { without: { form: button }, never: ["undo-email", "email-change-asked"] },
  "factor-recovery": {
    without: { form: button },
    never: ["lost-factor"],
  },
  "recovery-email": { never: ["second-address", "other-address"] },
  "not-me": { without: { form: button }, never: ["take-back", "intruder", "intruders"] },
  "remember-me": {
    without: { route: "part of login", form: "a field of login", view: "a field of login" },
    never: ["keepsake", "remembering", "remembered"],
  },
  sessions: { without: { mail: "login sends it: new-device" }, never: ["devices"] },
  profile: { without: { mail: silent }, never: ["author", "authors"] },
  avatar: { without: { mail: silent }, never: ["picture", "pictures"] },
  password: { never: ["passphrase", "password-change"] },
  deletion: { never: ["leaving", "removal", "delete-account", "account-deleted"] },
  export: { never: ["data-export", "people-export"] },
  "api-token": { never: ["token-made", "token-ends"] },
  users: { without: { mail: silent }, never: ["person", "people", "users-list"] },
  disable: { never: ["disabling", "locking", "locked", "unlocked", "account-status"] },
  roles: { never: ["rights", "powers", "office", "seats", "standing", "role-changes"] },
  domains: { without: { mail: "the email is an invitation's" }, never: ["group", "groups", "domain-opening"] },
  comment: { never: ["reply", "replies"] },
  invitation: { never: ["accepting", "invite", "invites"] },
  impersonation: { without: { mail: silent }, never: ["acting", "act-as", "helping"] },
  "audit-log": { without: { mail: silent }, never: ["happening", "trail"] },
};

const words = Object.keys(features).sort((one, other) => other.length - one.length);

/** Returns the features of a file. If words overlap, the longest wins: password-reset does not count for password. */
const featuresOf = (file: string) => [...file.matchAll(new RegExp(words.join("|"), "g"))].map(([word]) => word);

test("the list contains all 27 features", () => {
  assert.equal(words.length, 27);
});

for (const [word, { without = {}, never = [] }] of Object.entries(features)) {
  test(`${word}: each kind of file exists with this word in its name, or the list says why not`, () => {
    const missing = Object.entries(kinds).filter(([, files]) => !files.some((file) => featuresOf(file).includes(word)));
    assert.deepEqual(
      missing.map(([kind]) => kind),
      Object.keys(kinds).filter((kind) => kind in without),
    );
  });

  test(`${word}: no file name contains a replaced word`, () => {
    const folders = ["src", "views", "public", "test", "e2e"];
    const given = folders.flatMap((folder) => filesIn(folder).map((file) => `${folder}/${file}`));
    const named = given.filter((file) => never.some((one) => new RegExp(`[/_-]${one}[/.-]`).test(file)));
    assert.deepEqual(named, []);
  });
}

/** The maximum number of entries in a folder. `longer` lists the exceptions: the layers, the collections, and the test folders. */
const MOST_ENTRIES = 17;
const longer = ["src", "src/models", "test", "test/support"];

test("no folder has too many entries", () => {
  const folders = ["src", "views", "test", "e2e"].flatMap((folder) => [
    folder,
    ...readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8", withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `${entry.parentPath.slice(root.length)}/${entry.name}`),
  ]);
  const tooLong = folders.filter((folder) => readdirSync(`${root}${folder}`).length > MOST_ENTRIES);
  assert.deepEqual(tooLong.sort(), longer);
});
