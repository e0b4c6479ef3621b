import { randomInt } from "node:crypto";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { Refusal, type Values } from "./verb.js";

/** No letters or digits that look alike. */
const ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789";

/** A new password: from standard input, from whoever sits at the terminal, or made here. @throws Refusal */
export async function readPassword(values: Values): Promise<{ password: string; isMade: boolean }> {
  if (values["password-stdin"]) return { password: (await text(process.stdin)).replace(/\r?\n$/, ""), isMade: false };
  if (values.generate || !process.stdin.isTTY) return { password: make(), isMade: true };
  const password = await ask("Password: ");
  if ((await ask("Once more: ")) !== password) throw new Refusal("These were two different passwords.");
  return { password, isMade: false };
}

function make(): string {
  const group = () => Array.from({ length: 5 }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
  return Array.from({ length: 4 }, group).join("-");
}

/** Asks without showing what is typed. */
async function ask(question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  process.stderr.write(question);
  try {
    return await lines.question("");
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}
