import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { readPassword } from "../../../scripts/user/password.js";
import { Refusal } from "../../../scripts/user/verb.js";

/** Simulates a terminal whose user answers each question when it appears. */
function terminal(...answers: string[]) {
  const raw: boolean[] = [];
  const setRawMode = (isRaw: boolean) => raw.push(isRaw);
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode });
  const output = new PassThrough();
  let seen = "";
  output.on("data", async (shown: Buffer) => {
    seen += shown;
    await turn();
    if (String(shown).endsWith(": ")) input.write(`${answers.shift()}\r`);
  });
  return { input, output, raw, seen: () => seen };
}

test("the password is asked for twice, and the input is never shown", async () => {
  const somebody = terminal("lantern gravel", "lantern gravel");
  assert.deepEqual(await readPassword({}, somebody), { password: "lantern gravel", isMade: false });
  assert.equal(somebody.seen(), "Password: \nRepeat password: \n");
  assert.deepEqual(
    somebody.raw,
    [true, false, true, false],
    "the terminal does not echo the input, and is reset afterwards",
  );
});

test("corrections while typing are applied", async () => {
  const { password } = await readPassword({}, terminal("lamp\u007f\u007f\u007fantern", "lantern"));
  assert.equal(password, "lantern");
});

test("two different passwords are refused", async () => {
  await assert.rejects(readPassword({}, terminal("lantern gravel", "lantern gravle")), Refusal);
});

test("without a terminal, or on request, a new password without look-alike letters is generated each time", async () => {
  const nobody = { input: new PassThrough(), output: new PassThrough() };
  const made = [await readPassword({}, nobody), await readPassword({ generate: true }, terminal())];
  for (const { password, isMade } of made) {
    assert.match(password, /^[a-hjkmnp-z2-9]{5}(-[a-hjkmnp-z2-9]{5}){3}$/);
    assert.ok(isMade);
  }
  assert.notEqual(made[0]?.password, made[1]?.password);
});
