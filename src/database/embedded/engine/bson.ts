import { createRequire } from "node:module";
import type { BSON } from "mongodb";

const require = createRequire(import.meta.url);

/** The driver's own BSON library, loaded without the driver, which would double the engine process's memory. */
export const bson = createRequire(require.resolve("mongodb/package.json"))("bson") as typeof BSON;
