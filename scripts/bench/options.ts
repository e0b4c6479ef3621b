import { parseArgs } from "node:util";

const usage = `npm run bench -- [--large] [--quick] [--seconds 2] [--rounds 5] [--only dashboard,logins]
       npm run bench -- --soak 1000000

--large    also measure a set of 100,000 users, sessions and posts, in turns with the small one
--quick    one short round: shows that everything works, but not how fast it is (docs/bench is left as it is)
--seconds  how long each page is asked for in a round
--rounds   how often everything is measured, in turns with the bare page; the median counts
--only     some of: login, register, dashboard, post, list, list-deep, list-mixed, me, me-login, write,
           people, logins, storm, memory, start
           (results are then printed, but docs/bench is left as it is)
--soak     only sends this many requests, and prints how the memory grows`;

/** Long enough for the compiler to optimize. */
const WARM_UP_SECONDS = 5;

export type Options = ReturnType<typeof readOptions>;

/** Parses the command line. On an error, prints the usage and exits. */
export function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        large: { type: "boolean", default: false },
        quick: { type: "boolean", default: false },
        seconds: { type: "string" },
        rounds: { type: "string" },
        only: { type: "string" },
        soak: { type: "string" },
      },
    });
    const { large, only, quick, soak } = values;
    const [seconds, rounds, warmUp] = quick ? ["0.5", "1", 0.5] : ["2", "5", WARM_UP_SECONDS];
    const wanted = only?.split(",");
    return {
      large,
      seconds: positive(values.seconds ?? seconds),
      rounds: positive(values.rounds ?? rounds),
      /** Seconds before a page is measured. */
      warmUp,
      /** Number of requests of a soak test, or null. */
      soak: soak === undefined ? null : positive(soak),
      /** True if everything is measured, and properly. */
      whole: wanted === undefined && !quick,
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
