import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import type { RequestListener } from "node:http";
import { createRequire } from "node:module";
import mongoose from "mongoose";
import { server } from "../app.js";

/**
 * How the database fails a use case. "not-sent": one command never reaches it. "answer-lost": it runs the command, but
 * the answer is lost. "outage": it is unavailable from one command on, until the request ends. "lost-outage": it runs
 * one more command first.
 */
export const modes = ["not-sent", "answer-lost", "outage", "lost-outage"] as const;
export type Mode = (typeof modes)[number];

const HEADER = "x-fault";
const writing = new Set(["insert", "update", "delete", "findAndModify", "bulkWrite"]);
const under = new AsyncLocalStorage<Fault>();
const faults = new Map<string, Fault>();

/**
 * A failure of the n-th write of one use case, at the level of the driver. Only commands of the use case fail, not
 * those of jobs. Single failures of reads are not tested, because the driver retries them; in an outage they fail, too.
 */
export class Fault {
  readonly id = randomUUID();
  /** The writes of the use case so far, such as "users.update". */
  readonly writes: string[] = [];
  readonly #mode: Mode;
  readonly #at: number;
  hasStruck = false;
  #isOver = false;

  constructor(mode: Mode, at: number) {
    this.#mode = mode;
    this.#at = at;
    faults.set(this.id, this);
  }

  /** Headers to send with the request. */
  get headers(): Record<string, string> {
    return { [HEADER]: this.id };
  }

  /** Runs an action with this failure, without a request. */
  within<Result>(act: () => Promise<Result>): Promise<Result> {
    return under.run(this, act);
  }

  /** Makes the database available again. */
  end(): void {
    this.#isOver = true;
    faults.delete(this.id);
  }

  async meet(what: string, isWrite: boolean, send: () => Promise<unknown>): Promise<unknown> {
    if (this.#isOver) return send();
    if (isWrite) this.writes.push(what);
    const isOutage = this.#mode.endsWith("outage");
    if (this.hasStruck) return isOutage ? gone() : send();
    if (!isWrite || this.writes.length < this.#at) return send();
    this.hasStruck = true;
    if (this.#mode === "answer-lost" || this.#mode === "lost-outage") await send();
    return gone();
  }
}

function gone(): never {
  throw new mongoose.mongo.MongoNetworkError("connection 1 to 127.0.0.1:27017 closed");
}

/** No failure: the use case runs normally. */
export const noFault = { headers: {} as Record<string, string>, within: <Result>(act: () => Promise<Result>) => act() };
export type Failing = Pick<Fault, "headers" | "within">;

type Operation = { commandName: string; ns: { collection?: string } };
type Sending = { command(operation: Operation, ...rest: unknown[]): Promise<unknown> };
const driver = createRequire(createRequire(import.meta.url).resolve("mongoose"))("mongodb/lib/sdam/server.js") as {
  Server: { prototype: Sending };
};
const { prototype } = driver.Server;
const usual = prototype.command;
prototype.command = function (operation, ...rest) {
  const send = () => usual.call(this, operation, ...rest);
  const fault = under.getStore();
  if (!fault) return send();
  const isWrite = writing.has(operation.commandName);
  return fault.meet(`${operation.ns?.collection}.${operation.commandName}`, isWrite, send);
};

const listeners = server.listeners("request") as RequestListener[];
server.removeAllListeners("request");
server.on("request", (req, res) => {
  const fault = faults.get(String(req.headers[HEADER]));
  const answer = () => {
    for (const listener of listeners) listener(req, res);
  };
  if (fault) under.run(fault, answer);
  else answer();
});
