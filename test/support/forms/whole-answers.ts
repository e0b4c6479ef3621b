import { channel } from "node:diagnostics_channel";
import { setTimeout as sleep } from "node:timers/promises";
import mongoose from "mongoose";
import type { Page } from "../visitor.js";

/** How long after a response work is still counted as part of it. */
const AFTERMATH_MS = 30;

type Command = { commandName: string; command: Record<string, unknown> };
type Names = Record<string, string>;

/** Everything that a stranger could learn from a response, and the work behind it. */
export type Whole = {
  status: number;
  headers: string[];
  text: string;
  /** Number of queued emails. */
  mails: number;
  hashes: string[];
  /** Database commands with their collections. */
  commands: string[];
};

/**
 * Runs a request and records the whole response. The queue is stopped meanwhile, so that the work of jobs is not
 * counted.
 * @param typed the input, by the placeholder that replaces it in the response: it differs between responses that are
 *   otherwise equal
 */
export async function wholeAnswer(ask: () => Promise<Page>, typed: Names = {}): Promise<Whole> {
  const client = mongoose.connection.getClient();
  const jobs = mongoose.connection.collection("jobs");
  const mailsBefore = await jobs.countDocuments({ name: "send-mail" });
  const hashes: string[] = [];
  const commands: string[] = [];
  const noteHash = (kind: unknown) => void hashes.push(String(kind));
  const noteCommand = ({ commandName, command }: Command) => {
    commands.push(`${commandName} ${String(command[commandName])}`);
  };
  channel("passwords:task").subscribe(noteHash);
  client.on("commandStarted", noteCommand);
  const page = await ask();
  await sleep(AFTERMATH_MS);
  client.off("commandStarted", noteCommand);
  channel("passwords:task").unsubscribe(noteHash);
  const mails = (await jobs.countDocuments({ name: "send-mail" })) - mailsBefore;
  return { ...masked(page, typed), mails, hashes, commands: commands.sort() };
}

const OURS = ["date", "x-request-id"];

function masked({ status, headers, text }: Page, typed: Names) {
  const lines = [...headers].map(([name, value]) => `${name}: ${maskedHeader(name, value)}`);
  return { status, headers: withoutTyped(lines.join("\n"), typed).split("\n").sort(), text: maskedText(text, typed) };
}

function maskedHeader(name: string, value: string): string {
  if (OURS.includes(name)) return "…";
  if (name === "ratelimit") return value.replace(/;t=\d+/, ""); // the seconds that are left: a slow test takes one more
  if (name === "set-cookie") return value.replace(/^([^=]+)=[^;]*/, "$1=…").replace(/expires=[^;]*/i, "Expires=…");
  return value.replace(/'nonce-[^']*'/g, "'nonce-…'");
}

/** Removes the form's token, the request id and the input from a page. */
export const maskedText = (text: string, typed: Names) =>
  withoutTyped(
    text
      .replace(/(name="(?:_csrf|once)" value=")[^"]*/g, "$1…")
      .replace(/<code>[^<]*<\/code>/g, "<code>…</code>")
      .replace(/datetime="[^"]*"/g, 'datetime="…"')
      .replace(/(<svg class="avatar[^>]*>).*?<\/svg>/g, "$1…</svg>"),
    typed,
  );

function withoutTyped(text: string, typed: Names): string {
  const spelt = Object.entries(typed).flatMap(([name, value]) => [
    [value, name] as const,
    [encodeURIComponent(value), name] as const,
  ]);
  return spelt.reduce((rest, [value, name]) => rest.replaceAll(value, `{${name}}`), text);
}
