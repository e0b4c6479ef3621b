import type { ChildProcess } from "node:child_process";

const children = new Set<ChildProcess>();
// One listener for all, because Node warns of more than ten.
process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

/** Ends a process with this test file, however the file ends. */
export function killAtExit(child: ChildProcess): void {
  children.add(child);
  child.once("exit", () => children.delete(child));
}
