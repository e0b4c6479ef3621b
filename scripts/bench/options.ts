import { Misuse, type ValuesOf } from "../support/command-line.js";

/** The command line of the benchmark. */
export const line = {
  call: "npm run bench --",
  about: "Measures the response times of pages, and writes docs/bench if everything is measured.",
  usage: "[options]",
  options: {
    large: {
      type: "boolean",
      about: "also measure a set of 100,000 users, sessions and posts, in turns with the small one",
    },
    quick: {
      type: "boolean",
      about: "one short round: shows that everything works, but not how fast it is (docs/bench is left as it is)",
    },
    seconds: { type: "string", value: "2", about: "how long each page is asked for in a round" },
    rounds: {
      type: "string",
      value: "5",
      about: "how often everything is measured, in turns with the bare page; the median counts",
    },
    only: {
      type: "string",
      value: "NAMES",
      about: `some of: login, register, dashboard, post, list, list-deep, list-mixed, me, me-login, write,
                    people, logins, storm, memory, start, with commas between them
                    (results are then printed, but docs/bench is left as it is)`,
    },
    soak: { type: "string", value: "1000000", about: "only send this many requests, and print how the memory grows" },
  },
} as const;

/** Long enough for the compiler to optimize. */
const WARM_UP_SECONDS = 5;

export type Values = ValuesOf<typeof line>;
export type Options = ReturnType<typeof readOptions>;

/** Returns what to measure. @throws Misuse */
export function readOptions(values: Values) {
  const { large = false, only, quick = false, soak } = values;
  const [seconds, rounds, warmUp] = quick ? ["0.5", "1", 0.5] : ["2", "5", WARM_UP_SECONDS];
  const wanted = only?.split(",");
  return {
    large,
    seconds: toPositive("seconds", values.seconds ?? seconds),
    rounds: toPositive("rounds", values.rounds ?? rounds),
    /** Seconds before a page is measured. */
    warmUp,
    /** Number of requests of a soak test, or null. */
    soak: soak === undefined ? null : toPositive("soak", soak),
    /** True if everything is measured, and properly. */
    whole: wanted === undefined && !quick,
    wants: (figure: string) => wanted?.includes(figure) ?? true,
  };
}

function toPositive(option: string, text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new Misuse(`--${option} needs a number above 0.`);
  return number;
}
