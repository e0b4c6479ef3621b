/** The result of opening a directory. The engine's process prints it once as a line of JSON, unless it crashes. */
export type Opening =
  | { state: "ready"; pid: number }
  | { state: "locked" }
  | { state: "failed"; message: string }
  | { state: "crashed" };
