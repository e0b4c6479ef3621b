import { formatHelp, Misuse, parse } from "../support/command-line.js";
import { help, toLine } from "./help.js";
import { type Answer, findPerson } from "./verb.js";
import { verbs } from "./verbs.js";

/** The result of parsing a command line: a text to print, or an action. */
export type Call = { print: string } | { run: () => Promise<Answer> };

/** Parses a command line. @throws Misuse */
export function understand(words: string[]): Call {
  const [name = "", ...rest] = words;
  if (["", "help", "--help", "-h"].includes(name)) return { print: help() };
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (!verb) throw new Misuse(`Unknown command "${name}".`);
  const line = toLine(name, verb);
  const { values, positionals } = parse(line, rest);
  if (values.help) return { print: formatHelp(line) };
  const [person] = positionals;
  return { run: async () => verb.run(values, person === undefined ? null : await findPerson(person)) };
}
