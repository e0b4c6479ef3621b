import { type CommandLine, json } from "../support/command-line.js";
import type { Verb } from "./verb.js";
import { verbs } from "./verbs.js";

const CALL = "npm run user --";

/** Returns the help text with all verbs. */
export function help(): string {
  const lines = Object.entries(verbs).map(([name, { usage }]) => `  ${name} ${usage}`.trimEnd());
  return [
    "Manages accounts, with or without a running app.",
    "",
    `Usage: ${CALL} <command> …`,
    ...lines,
    "",
    "USER is a username or an email address. --json prints JSON. <command> --help shows its options.",
    "Exit codes: 0 success, 1 failure, 2 invalid usage, 78 invalid configuration.",
  ].join("\n");
}

/** Returns what to type before the arguments of a command line, as far as it is valid. */
export const getCall = ([name = ""]: string[]) => (Object.hasOwn(verbs, name) ? `${CALL} ${name}` : CALL);

/** Returns the command line of one verb. */
export const toLine = (name: string, { usage, about, options, takesPerson }: Verb) =>
  ({
    call: getCall([name]),
    about,
    usage,
    takes: takesPerson ? ["USER"] : [],
    options: { ...options, json },
  }) satisfies CommandLine;
