/** What the engine's process says once, as a line of JSON, when it has tried to open its directory. */
export type Opening = { state: "ready"; pid: number } | { state: "locked" } | { state: "failed"; message: string };
