import { parseArgs } from "node:util";

const usage = `npm run bench -- [--large] [--seconds 2] [--rounds 5] [--only dashboard,logins]

--large    also measure a set of 100,000 users, sessions and posts, in turns with the small one
--seconds  how long each page is asked for in a round
--rounds   how often everything is measured, in turns with the bare page; the median counts
--only     some of: login, register, dashboard, post, list, list-deep, list-mixed, me, people, logins, storm, memory, start
           (results are then printed, but docs/bench is left as it is)`;

export type Options = ReturnType<typeof readOptions>;

/** Parses the command line. On an error, prints the usage and exits. */
export function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        large: { type: "boolean", default: false },
        seconds: { type: "string", default: "2" },
        rounds: { type: "string", default: "5" },
        only: { type: "string" },
      },
    });
    const { large, only } = values;
    const wanted = only?.split(",");
    return {
      large,
      seconds: positive(values.seconds),
      rounds: positive(values.rounds),
      /** True if no figures were selected, so that all are measured. */
      whole: wanted === undefined,
      wants: (figure: string) => wanted?.includes(figure) ?? true,
    };
  } catch {
    console.error(usage);
    process.exit(64); // sysexits.h: wrong usage
  }
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new RangeError(text);
  return number;
}
