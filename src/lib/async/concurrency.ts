import { Overloaded } from "../passwords/hash.js";

/**
 * Lets only so many do something at once; the others wait in a row, and when that is long, they are sent away.
 * @throws Overloaded from the function that it answers
 */
export function gate({ atOnce, mostWaiting }: { atOnce: number; mostWaiting: number }) {
  const waiting: (() => void)[] = [];
  let inside = 0;
  return async <Result>(act: () => Promise<Result>): Promise<Result> => {
    if (inside >= atOnce) {
      if (waiting.length >= mostWaiting) throw new Overloaded("Too many wait already");
      await new Promise<void>((enter) => waiting.push(enter));
    } else inside += 1;
    try {
      return await act();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else inside -= 1;
    }
  };
}
