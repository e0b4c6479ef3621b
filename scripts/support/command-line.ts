import { parseArgs } from "node:util";

type Option = {
  type: "string" | "boolean";
  multiple?: boolean;
  short?: string;
  /** Stands for the value in the help text. */
  value?: string;
  about: string;
};

/** What a command accepts, and its help text. */
export interface CommandLine {
  /** What to type before its arguments, such as `npm run doctor --`. */
  call: string;
  about: string;
  /** The arguments in the help text. */
  usage: string;
  /** Names of the arguments that are not options. Those that can be left out are in brackets. */
  takes?: readonly string[];
  options: Readonly<Record<string, Option>>;
  /** The meaning of the exit codes 0 and 1, if not the usual one. */
  exits?: string;
}

type ValueOf<Own extends Option> = Own["type"] extends "boolean" ? boolean : string;
/** The options of a command line as given. */
export type ValuesOf<Line extends CommandLine> = {
  [Name in keyof Line["options"]]?: Line["options"][Name] extends { multiple: true }
    ? ValueOf<Line["options"][Name]>[]
    : ValueOf<Line["options"][Name]>;
};
type Parsed<Line extends CommandLine> = { values: ValuesOf<Line> & { help?: boolean }; positionals: string[] };
/** The result of a command: a text for people, data for `--json`, and 1 as exit code if it found problems. */
export type Printed = { text: string; data: object; exitCode?: 1 };

/** The command line is invalid. The message has one line. */
export class Misuse extends Error {}

/** An option of all commands that can print JSON. */
export const json = { type: "boolean", about: "print JSON" } as const;
const help = { type: "boolean", short: "h", about: "print this" } as const;

/** Parses arguments. With `--help`, it accepts any number of them. @throws Misuse */
export function parse<const Line extends CommandLine>(line: Line, args: string[]): Parsed<Line> {
  const parsed = readWords(line, args);
  if (parsed.values.help) return parsed;
  const takes = line.takes ?? [];
  const missing = takes.slice(parsed.positionals.length).find((name) => !name.startsWith("["));
  if (missing !== undefined) throw new Misuse(`${missing} is missing.`);
  const surplus = parsed.positionals[takes.length];
  if (surplus !== undefined) throw new Misuse(`Unexpected argument "${surplus}".`);
  return parsed;
}

function readWords<Line extends CommandLine>({ options }: Line, args: string[]): Parsed<Line> {
  try {
    return parseArgs({ args, options: { ...options, help }, allowPositionals: true }) as Parsed<Line>;
  } catch (error) {
    const [sentence] = (error as Error).message.split(/\.(?:\s|$)/); // what follows is advice about dashes
    throw new Misuse(`${sentence}.`);
  }
}

/** Returns the help text of a command. */
export function formatHelp({ call, about, usage, options, exits = "0 success, 1 failure" }: CommandLine): string {
  const names = Object.entries(options).map(([name, { value }]) => `--${name}${value ? ` ${value}` : ""}`);
  const width = Math.max(0, ...names.map(({ length }) => length));
  const lines = Object.values(options).map((option, n) => `  ${names[n]?.padEnd(width)}   ${option.about}`);
  const codes = `Exit codes: ${exits}, 2 invalid usage, 78 invalid configuration.`;
  return [about, "", `Usage: ${call} ${usage}`.replace(/(?: --)? *$/, ""), ...lines, "", codes].join("\n");
}

/**
 * Runs a command and sets the exit code of this process.
 * @param load returns the module of the command. Help and misuse do not load it, so they need no valid configuration.
 */
export async function runCommand<const Line extends CommandLine>(
  line: Line,
  load: () => Promise<{ run(values: ValuesOf<Line>, args: string[]): Promise<Printed | undefined> }>,
  args = process.argv.slice(2),
): Promise<void> {
  await answer(args, line.call, async () => {
    const { values, positionals } = parse(line, args);
    if (values.help) return formatHelp(line);
    return (await load()).run(values, positionals);
  });
}

/**
 * Prints the result or the error of an action, as JSON if the arguments include `--json`, and sets the exit code.
 * @param call what to type before `--help`
 */
export async function answer(
  args: string[],
  call: string,
  act: () => Promise<Printed | string | undefined>,
): Promise<void> {
  const isJson = args.includes("--json");
  try {
    const printed = await act();
    if (typeof printed === "string") console.log(printed);
    else if (printed) {
      console.log(isJson ? JSON.stringify(printed.data) : printed.text);
      process.exitCode = printed.exitCode ?? 0;
    }
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const message = error instanceof Misuse ? `${text} Help: ${call} --help` : text;
    console.error(isJson ? JSON.stringify({ error: message }) : message);
    process.exitCode = error instanceof Misuse ? 2 : 1;
  }
}
