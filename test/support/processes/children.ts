import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

type Running = { pid: number; parent: number; args: string };

/** Returns the ids of the child processes that run this program, such as "processes/web.js". */
export function listChildren(parent: number, program: string): number[] {
  const all = process.platform === "linux" ? linuxProcesses() : listedProcesses();
  return all.filter((one) => one.parent === parent && one.args.includes(program)).map(({ pid }) => pid);
}

function linuxProcesses(): Running[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      const parent = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
      return [{ pid: Number(pid), parent, args: readFileSync(`/proc/${pid}/cmdline`, "utf8") }];
    } catch {
      return []; // the process has ended
    }
  });
}

function listedProcesses(): Running[] {
  const { stdout } = spawnSync("ps", ["-A", "-ww", "-o", "pid=,ppid=,args="], { encoding: "utf8" });
  return stdout.split("\n").map((line) => {
    const [pid, parent, ...args] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), args: args.join(" ") };
  });
}
