import { parseArgs } from "node:util";
import { formatHelp, help } from "./help.js";
import { type Answer, findPerson, Misuse, type Values, type Verb } from "./verb.js";
import { verbs } from "./verbs.js";

/** The result of parsing a command line: a text to print, or an action. */
export type Call = { print: string } | { run: () => Promise<Answer> };

const always = { json: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const;

/** Parses a command line. @throws Misuse */
export function understand(words: string[]): Call {
  const [name = "", ...rest] = words;
  if (["", "help", "--help", "-h"].includes(name)) return { print: help() };
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (!verb) throw new Misuse(`Unknown command "${name}".\n\n${help()}`);
  const { values, positionals } = read(name, verb, rest);
  if (values.help) return { print: formatHelp(name, verb) };
  const wanted = verb.takesPerson ? 1 : 0;
  if (positionals.length !== wanted) {
    const problem = positionals.length < wanted ? "Name the user." : `Unexpected argument "${positionals[wanted]}".`;
    throw new Misuse(`${problem}\n\n${formatHelp(name, verb)}`);
  }
  const [person] = positionals;
  return { run: async () => verb.run(values, person === undefined ? null : await findPerson(person)) };
}

function read(name: string, verb: Verb, args: string[]): { values: Values; positionals: string[] } {
  const own = Object.entries(verb.options).map(([option, { type, multiple = false }]) => [option, { type, multiple }]);
  try {
    return parseArgs({ args, options: { ...Object.fromEntries(own), ...always }, allowPositionals: true });
  } catch (error) {
    throw new Misuse(`${error instanceof Error ? error.message : error}\n\n${formatHelp(name, verb)}`);
  }
}
