import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/**
 * Returns a function that loads a package when it is first called (docs/decisions/0068-memory-and-start.md).
 * @param name such as "libphonenumber-js/min"; it may be an ES module
 */
export function loadLater<Package>(name: string): () => Package {
  let loaded: Package | undefined;
  return () => {
    loaded ??= require(name) as Package;
    return loaded;
  };
}
