import type { Verb } from "./verb.js";
import { verbs } from "./verbs.js";

const CALL = "npm run user --";

/** Returns the list of verbs. */
export function help(): string {
  const lines = Object.entries(verbs).map(([name, { usage }]) => `  ${name} ${usage}`.trimEnd());
  return [
    "Looks after accounts, beside a running app or without one.",
    "",
    `Usage: ${CALL} <verb> …`,
    ...lines,
    "",
    "PERSON is a username or an e-mail address. --json answers for programs. --help behind a verb tells more.",
    "Exit codes: 0 done, 1 it cannot be done, 2 not understood, 78 the configuration is wrong.",
  ].join("\n");
}

/** Returns the usage of one verb. */
export function formatHelp(name: string, { usage, about, options }: Verb): string {
  const lines = Object.entries(options).map(([option, told]) => `  --${option.padEnd(16)} ${told.about}`);
  return [about, "", `Usage: ${CALL} ${name} ${usage}`.trimEnd(), ...lines].join("\n");
}
