/** The result of opening a directory. The engine's process prints it as its first line, as JSON, unless it crashes. */
export type Opening =
  | { state: "ready"; pid: number }
  | { state: "locked" }
  | { state: "failed"; message: string }
  | { state: "crashed" };

/** The second line that the engine's process prints, if its starter has ended, but others still use it. */
export const STAYS = "stays";
