// Some tests walk through thousands of combinations. CI runs them all on one version of Node, and one of eight, others each
// day, on the newest (.ci/run). `npm run check` and `npm test` set TEST_SAMPLE=24 and take one of 24, so that a change is
// checked in minutes (scripts/support/stages.js).

const DAY_MS = 86_400_000;
/** Number of days after which each test that takes turns has run once. */
const TURNS = 8;
const share = Number(process.env.TEST_SAMPLE ?? 1);
let turn = Math.floor(Date.now() / DAY_MS);

/** Returns true if the next case of a walk is to be tested: each if TEST_SAMPLE is not set. */
export function isInSample(): boolean {
  turn += 1;
  return turn % share === 0;
}

/** True if walks test only a part of their cases. */
export const isSampling = share > 1;

/**
 * The option `skip` of a slow test of something that rarely changes. Where walks test only a small part of their cases, the
 * test runs only every eighth day.
 * @param day another one for each such test file, from 0 to 7, so that they do not run on the same day
 * @param about.dependsOnNode true if CI should run it every day on the newest Node too
 */
export const exceptOnDay = (day: number, { dependsOnNode = false } = {}): string | false =>
  share >= (dependsOnNode ? TURNS + 1 : TURNS) && Math.floor(Date.now() / DAY_MS) % TURNS !== day
    ? "its turn is on another day; npm test -- --all runs it"
    : false;
