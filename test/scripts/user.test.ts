import "../support/environment.js";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import mongoose from "mongoose";
import { Misuse } from "../../scripts/support/command-line.js";
import { understand } from "../../scripts/user/command.js";
import { config } from "../../src/config/index.js";
import { AuditEvent } from "../../src/models/audit-event.js";
import { Domain } from "../../src/models/domain.js";
import { User } from "../../src/models/user.js";
import { mailAbout } from "../support/mailbox.js";
import { createCodes, protectedMember } from "../support/users/factors.js";
import { type Member, member, signedUp, withRole } from "../support/users.js";
import { visitor } from "../support/visitor.js";

const script = fileURLToPath(new URL("../../scripts/user.js", import.meta.url));
let uri = "";
before(() => {
  const client = mongoose.connection.getClient();
  uri = `mongodb://${encodeURIComponent(String(client.options.hosts[0]))}/${mongoose.connection.name}`;
});

type Ended = { code: number | null; out: string; err: string };

/** Runs the real command in a separate process, beside the app of this test. */
function user(args: string[], input = "", set: Record<string, string> = {}): Promise<Ended> {
  const env = {
    ...process.env,
    ...set,
    MONGODB_URI: uri,
    DATA_DIR: config.dataDir,
    PASSWORD_PEPPER: config.passwordPepper,
  };
  const child = spawn(process.execPath, [script, ...args], { env });
  const ended: Ended = { code: null, out: "", err: "" };
  child.stdout.on("data", (text) => (ended.out += text));
  child.stderr.on("data", (text) => (ended.err += text));
  child.stdin.end(input);
  return new Promise((resolve) => child.on("close", (code) => resolve({ ...ended, code })));
}

async function done(args: string[], input = ""): Promise<string> {
  const { code, out, err } = await user(args, input);
  assert.equal(code, 0, err);
  return out;
}

const account = (username: string) => User.findOne({ username }).orFail();
const readRoles = async ({ username }: { username: string }) => (await account(username)).roles.map(({ role }) => role);

async function logIn(login: string, password: string) {
  const browser = visitor();
  return { ...browser, status: (await browser.submit("/login", { login, password })).status };
}

test("an account is created with a role, a confirmed email, and a password that is printed once", async () => {
  const args = ["create", "--role", "superadmin", "--username", "ada", "--email", "Ada@Example.org"];
  const out = await done(args);
  const password = /shown only once\): (\S+)/.exec(out)?.[1] ?? "";
  const ada = await logIn("ada", password);
  assert.equal(ada.status, 303);
  assert.equal((await ada.get("/admin")).status, 200);
  assert.equal((await account("ada")).email, "ada@example.org");
  assert.equal(await (await account("ada")).isLastSuperadmin(), true);
  const { events } = await AuditEvent.listForUser((await account("ada")).id);
  const byCommand = events.filter(({ details }) => details?.via === "command"); // two processes have no order within a second
  assert.deepEqual(
    byCommand.map(({ event }) => event),
    ["role.granted", "user.registered"],
  );
  for (const [option, said] of [
    ["ada", /username: This username is taken/],
    ["ada2", /email: This email address already has an account/],
  ] as const) {
    const again = await user(args.map((word) => (word === "ada" ? option : word)));
    assert.deepEqual([again.code, said.test(again.err)], [1, true], again.err);
  }
});

test("a password from standard input follows the rules of registration", async () => {
  const args = ["create", "--username", "bob", "--email", "bob@example.org", "--password-stdin", "--json"];
  for (const [password, said] of [
    ["short", /at least 12 characters/],
    ["password1234", /./],
    ["bob@example.org", /the username|guess/],
  ] as const) {
    const refused = await user(args, `${password}\n`);
    assert.equal(refused.code, 1, password);
    assert.match(JSON.parse(refused.err).error, said);
  }
  assert.equal(await User.countDocuments({ username: "bob" }), 0);
  const made = JSON.parse(await done(args, "sturdy-Gate-in-the-wall\n"));
  assert.deepEqual([made.username, made.roles, "password" in made], ["bob", [], false]);
  assert.equal((await logIn("bob@example.org", "sturdy-Gate-in-the-wall")).status, 303);
});

test("the command follows PASSWORD_MIN, with passwords that it reads and that it generates", async () => {
  const args = ["create", "--username", "lena", "--email", "lena@example.org"];
  const refused = await user([...args, "--password-stdin"], "kiwi-Lamp-zebr\n", { PASSWORD_MIN: "15" });
  assert.deepEqual([refused.code, /at least 15 characters. You have 14/.test(refused.err)], [1, true], refused.err);
  const { out, err } = await user([...args, "--generate"], "", { PASSWORD_MIN: "64" });
  const password = /shown only once\): (\S+)/.exec(out)?.[1] ?? assert.fail(err);
  assert.ok(password.length >= 64);
  assert.equal((await logIn("lena", password)).status, 303);
});

test("an account can be created whose user must change the password first", async () => {
  const args = ["create", "--username", "joan", "--email", "joan@example.org", "--must-change-password"];
  const password = /shown only once\): (\S+)/.exec(await done(args))?.[1] ?? "";
  const joan = await logIn("joan", password);
  assert.equal((await joan.get("/dashboard")).location, "/account/password");
});

test("roles for the site and in a domain are granted and revoked with the next request; the last superadmin stays", async () => {
  const eve = await member();
  await Domain.open({ name: "The night shift", slug: "night-shift" });
  assert.equal((await eve.get("/admin")).status, 403);
  await done(["promote", eve.username, "--role", "admin"]);
  assert.equal((await eve.get("/admin")).status, 200);
  await mailAbout(eve.email, /roles were changed/);
  await done(["promote", eve.email, "--role", "editor", "--domain", "night-shift"]);
  assert.deepEqual((await readRoles(eve)).sort(), ["admin", "editor"]);
  await done(["demote", eve.username]);
  assert.deepEqual(await readRoles(eve), ["editor"]);
  assert.equal((await eve.get("/admin")).status, 403);
  await done(["demote", eve.username, "--domain", "night-shift"]);
  assert.deepEqual(await readRoles(eve), []);

  const last = await user(["demote", "ada", "--role", "superadmin"]);
  assert.equal(last.code, 1);
  assert.match(last.err, /only superadmin/);
  assert.equal((await user(["disable", "ada", "--reason", "Just so."])).code, 1);
  const unproven = await signedUp();
  assert.match((await user(["promote", unproven.username, "--role", "admin"])).err, /isn't confirmed yet/);
});

test("two commands at once cannot demote the last superadmin", async () => {
  const boss = await withRole("superadmin");
  const ended = await Promise.all([user(["demote", "ada"]), user(["demote", boss.username])]);
  assert.deepEqual(ended.map(({ code }) => code).sort(), [0, 1]);
  await done(["promote", "ada", "--role", "superadmin"]);
});

test("users are disabled, enabled, logged out, and given a reset link", async () => {
  const eve: Member = await member();
  await done(["disable", eve.username, "--reason", "She asked for it."]);
  assert.equal((await eve.get("/dashboard")).location, "/login");
  assert.match((await mailAbout(eve.email, /was disabled/)).text, /She asked for it/);
  assert.match((await user(["reset-link", eve.username])).err, /is disabled/);
  assert.match(await done(["disable", eve.username, "--reason", "Again."]), /was already disabled/);
  await done(["enable", eve.username]);
  const again = await logIn(eve.username, eve.password);
  assert.equal((await again.get("/dashboard")).status, 200);
  await done(["end-sessions", eve.email.toUpperCase()]);
  assert.equal((await again.get("/dashboard")).location, "/login");
  const { link } = JSON.parse(await done(["reset-link", eve.username, "--json"]));
  const path = new URL(link).pathname;
  assert.equal((await visitor().submit(path, { password: "lantern gravel marble" })).status, 303);
  assert.equal((await logIn(eve.username, "lantern gravel marble")).status, 303);
});

test("users are listed as text and as JSON", async () => {
  assert.match(await done(["list", "--search", "ada"]), /^ada {2}ada@example\.org {2}superadmin {2}active$/m);
  const { people } = JSON.parse(await done(["list", "--role", "superadmin", "--json", "--limit", "1"]));
  assert.equal(people.length, 1);
  assert.doesNotMatch(JSON.stringify(people), /assword/);
  assert.match(await done(["list", "--search", "nobody-like-this"]), /No users found/);
});

test("a wrong command gives an error and its usage", async () => {
  const { username } = await member();
  for (const [args, said] of [
    [["promote"], /USER is missing/],
    [["promote", username], /--role is missing/],
    [["promote", username, "--role", "king"], /no role "king"/],
    [["disable", username], /--reason is missing/],
    [["enable", username, "bob"], /Unexpected argument "bob"/],
    [["enable", username, "--force"], /--force/],
    [["create", "--username", "zoe"], /--email is missing/],
    [["list", "--limit", "0"], /--limit/],
    [["list", "--state", "sad"], /States: active/],
    [["__proto__"], /Unknown command/],
  ] as const) {
    const call = async () => {
      const understood = understand([...args]);
      return "run" in understood && understood.run();
    };
    await assert.rejects(call, (error: Error) => error instanceof Misuse && said.test(error.message), args.join(" "));
  }
});

test("the exit code is 2 for misuse and 1 for a refusal, never with a stack trace", async () => {
  const [strange, nobody] = await Promise.all([user(["fly"]), user(["enable", "nobody-like-this"])]);
  assert.deepEqual([strange.code, strange.out], [2, ""]);
  assert.match(strange.err, /^Unknown command "fly"\. Help: npm run user -- --help\n$/);
  assert.deepEqual([nobody.code, nobody.out], [1, ""]);
  assert.match(nobody.err, /^No user found for nobody-like-this\..*\n$/);
});

test("help needs no database", async () => {
  assert.match(await done([]), /Usage: npm run user/);
  for (const verb of ["create", "promote", "demote", "disable", "enable", "end-sessions", "reset-link", "list"]) {
    const call = understand([verb, "--help"]);
    assert.match("print" in call ? call.print : "", new RegExp(`Usage: npm run user -- ${verb}`));
  }
});

test("second factors are removed for a user who has lost them, who is told by email", async () => {
  const eve = await protectedMember();
  await createCodes(eve);
  assert.match(await done(["reset-factors", eve.username]), /has no second factor any more/);
  assert.equal((await eve.get("/dashboard")).status, 303);
  assert.equal((await (await logIn(eve.username, eve.password)).get("/dashboard")).status, 200);
  const stored = await User.findOne({ username: eve.username }).select("+recoveryCodes").orFail();
  assert.deepEqual([stored.authenticator, stored.recoveryCodes], [null, undefined]);
  const mail = await mailAbout(eve.email, /second factors of your account were removed/);
  assert.match(mail.text, /administrator of this site/);
  assert.match(mail.text, /not-me/);
  const { events } = await AuditEvent.listForUser(eve.id);
  const reset = events.find(({ event }) => event === "factors.reset");
  assert.equal(reset?.details?.via, "command");
  const again = JSON.parse(await done(["reset-factors", eve.username, "--json"]));
  assert.deepEqual(again, { username: eve.username, changed: false });
  assert.match(await done(["reset-factors", "--help"]), /Removes all second factors/);
});
