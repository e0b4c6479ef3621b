/** What came of opening a directory: the engine's process says it once, as a line of JSON, unless it crashed. */
export type Opening =
  | { state: "ready"; pid: number }
  | { state: "locked" }
  | { state: "failed"; message: string }
  | { state: "crashed" };
