import { type ChildProcess, fork } from "node:child_process";
import cluster from "node:cluster";
import { fileURLToPath } from "node:url";
import { childEnvironment } from "../config/child-environment.js";
import { config } from "../config/index.js";
import { log } from "../log.js";
import { type Child, type Ending, observe, type Ready } from "./child.js";
import { endIfFrozen, type Pulse } from "./heartbeat.js";
import { MeasureDesk } from "./measures.js";
import { keepRunning, type Place } from "./place.js";

const WEB = fileURLToPath(new URL("web.js", import.meta.url));
const JOBS = fileURLToPath(new URL("jobs.js", import.meta.url));
/** Stack traces name lines of TypeScript, as those of `npm start` do. Not in production, because it takes 5 MB of memory. */
const NODE_OPTIONS = config.production ? process.execArgv : [...process.execArgv, "--enable-source-maps"];
/** Restarts in a row after which the service counts as broken, if no web process is left. */
const MOST_FAILURES = 10;

/** The processes that serve. */
export interface Supervisor {
  /** Resolves when the first web process serves. */
  ready: Promise<Ready>;
  /** Replaces one process after the other, without losing a request. Stops at the first that does not start. */
  restart(): Promise<void>;
  /** Stops all processes. */
  stop(): Promise<void>;
  /** Ends all processes at once. */
  kill(): void;
}

/**
 * Starts web processes, which share the port, and the process of the jobs. One web process starts first and builds the
 * indexes; the others start when it serves. A process that ends or is frozen is started again.
 * @param uri address of the database, as soon as it is available
 * @param onBroken called with an exit code if no web process can start
 */
export function supervise(
  workers: number,
  uri: Promise<string>,
  onBroken: (exitCode: number) => void,
  pulse?: Pulse,
): Supervisor {
  cluster.setupPrimary({ exec: WEB, args: [], execArgv: NODE_OPTIONS });
  let isServing = false;
  let isOver = false;
  let jobs: Place | undefined;

  const watch = createWatch({ uri, share: workers, getJobs: () => jobs?.getChild(), pulse });
  const startWeb = () => {
    const worker = cluster.fork(childEnvironment);
    worker.on("error", () => undefined); // repeats those of its process, which `observe` handles
    return watch("web", worker.process);
  };
  const startJobs = () => watch("jobs", fork(JOBS, { execArgv: NODE_OPTIONS, env: childEnvironment }));
  const check = ({ code }: Ending) => {
    if (!isServing || web.every((place) => place.getFailures() > MOST_FAILURES)) onBroken(code || 1);
  };
  const first = keepRunning("web", startWeb, check);
  const web = [first];
  /** The jobs come first: a new web process may create jobs that the old process of the jobs does not know. */
  const all = () => (jobs ? [jobs, ...web] : web);

  const ready = new Promise<Ready>((resolve) => {
    void first.getChild().ready.then((report) => {
      if (!report || isOver) return; // `check` deals with a failure
      isServing = true;
      jobs = keepRunning("jobs", startJobs);
      while (web.length < workers) web.push(keepRunning("web", startWeb, check));
      resolve(report);
    });
  });
  return {
    ready,
    restart: serialize(async () => {
      for (const place of all()) {
        if (isOver) return;
        if (await place.replace()) continue;
        return log.error({ event: "restart.failed" }, "a new process does not start; the old ones continue");
      }
      log.info({ event: "restart.done" }, "all processes are replaced");
    }),
    stop: async () => {
      isOver = true;
      await Promise.all(all().map((place) => place.stop()));
    },
    kill: () => {
      isOver = true;
      for (const place of all()) place.kill();
    },
  };
}

type Shared = {
  uri: Promise<string>;
  share: number;
  getJobs: () => Child | undefined;
  pulse: Pulse | undefined;
};

/** Returns a function that gives a process the order to start, answers its reports, and ends it if it is frozen. */
function createWatch({ uri, share, getJobs, pulse }: Shared) {
  const desk = new MeasureDesk();
  return (kind: string, begunProcess: ChildProcess): Child => {
    const child = observe(begunProcess, (report) => {
      if (report.type === "queued") getJobs()?.send({ type: "look-for", name: report.name });
      else if (report.type === "alive") noteAlive();
      else if (report.type === "measured") desk.receive(child, report.measures);
      else if (report.type === "need-measures") {
        desk.receive(child, report.own);
        void desk.answer(child);
      }
    });
    const noteAlive = endIfFrozen(kind, child, pulse);
    const begun = Promise.all([uri, child.loaded]);
    begun.then(([address]) => child.send({ type: "start", uri: address, share })).catch(() => undefined);
    void child.ready.then((report) => report && desk.add(child));
    return child;
  };
}

/** Runs an action once more if it is requested while it runs, because the code may have changed in between. */
function serialize(act: () => Promise<void>): () => Promise<void> {
  let running = Promise.resolve();
  let waiting: Promise<void> | undefined;
  return () => {
    waiting ??= running.then(() => {
      waiting = undefined;
      running = act();
      return running;
    });
    return waiting;
  };
}
