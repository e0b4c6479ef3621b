import { randomInt } from "node:crypto";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { getMinPasswordLength } from "../../src/lib/passwords/length.js";
import { Refusal, type Values } from "./verb.js";

/** Letters and digits that do not look alike. */
const ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789";

/** Input and output of a terminal. */
type Terminal = { input: NodeJS.ReadableStream & { isTTY?: boolean }; output: NodeJS.WritableStream };
const ours: Terminal = { input: process.stdin, output: process.stderr };

/** Reads a new password from standard input or the terminal, or generates one. @throws Refusal */
export async function readPassword(
  values: Values,
  terminal: Terminal = ours,
): Promise<{ password: string; isMade: boolean }> {
  const { input } = terminal;
  if (values["password-stdin"]) return { password: (await text(input)).replace(/\r?\n$/, ""), isMade: false };
  if (values.generate || !input.isTTY) return { password: make(), isMade: true };
  const password = await ask("Password: ", terminal);
  if ((await ask("Repeat password: ", terminal)) !== password) throw new Refusal("The passwords don't match.");
  return { password, isMade: false };
}

/** Makes four groups of five, or more if new passwords must be longer (PASSWORD_MIN). */
function make(): string {
  const groups = Math.max(4, Math.ceil((getMinPasswordLength() + 1) / 6));
  const group = () => Array.from({ length: 5 }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
  return Array.from({ length: groups }, group).join("-");
}

/** Asks a question on the terminal without showing the typed text. */
async function ask(question: string, { input, output }: Terminal): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: nowhere, terminal: true });
  output.write(question);
  try {
    return await lines.question("");
  } finally {
    lines.close();
    output.write("\n");
  }
}
