import { createRequire } from "node:module";
import { setImmediate } from "node:timers/promises";

const require = createRequire(import.meta.url);
const expected: (() => unknown)[] = [];

/**
 * Returns a function that loads a package when it is first called (docs/decisions/0068-memory-and-start.md).
 * @param name such as "libphonenumber-js/min"; it may be an ES module
 * @param isExpected true if ordinary requests need it: then `loadExpected` loads it before the first of them
 */
export function loadLater<Package>(name: string, { isExpected = false } = {}): () => Package {
  let loaded: Package | undefined;
  const load = () => {
    loaded ??= require(name) as Package;
    return loaded;
  };
  if (isExpected) expected.push(load);
  return load;
}

/** Loads the packages that ordinary requests need, one after another, so that requests are answered in between. */
export async function loadExpected(): Promise<void> {
  for (const load of expected.splice(0)) {
    await setImmediate();
    load();
  }
}
