import { createRequire } from "node:module";
import type { BSON } from "mongodb";

const require = createRequire(import.meta.url);

/** The driver's BSON library, loaded alone: the whole driver would double the memory of the engine's process. */
export const bson = createRequire(require.resolve("mongodb/package.json"))("bson") as typeof BSON;
