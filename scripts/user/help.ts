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

/** Returns the help text of one verb. */
export function formatHelp(name: string, { usage, about, options }: Verb): string {
  const lines = Object.entries(options).map(([option, told]) => `  --${option.padEnd(16)} ${told.about}`);
  return [about, "", `Usage: ${CALL} ${name} ${usage}`.trimEnd(), ...lines].join("\n");
}
