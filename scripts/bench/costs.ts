import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { getHeapStatistics } from "node:v8";
import { BSON, type CommandStartedEvent, type CommandSucceededEvent, type MongoClient } from "mongodb";
import { median, toKb } from "./figures.js";

/** What requests cost in counts that do not depend on the speed of the machine: the average of one request. */
export type Costs = {
  /** Commands to the database: each is a round trip. */
  commands: number;
  /** The commands that write. */
  writes: number;
  /** kB that the database sends. */
  fromDatabase: number;
  /** kB that this process allocates between the request's headers and the end of the response: the median. */
  allocated: number;
};

/** Commands of the driver itself. */
const notCounted = ["hello", "ping", "endSessions"];
const writing = ["insert", "update", "delete", "findAndModify"];

/** Bytes on the heap and in buffers. They only grow until the next garbage collection. */
function usedBytes(): number {
  const { used_heap_size: heap, external_memory: buffers } = getHeapStatistics();
  return heap + buffers;
}

/**
 * Counts what the requests to this process cost. Nothing else may use the database meanwhile: background jobs must be
 * stopped (`stopJobs`), and combined writes finished (`whenAllWritten`).
 * @param client its connection string must contain `monitorCommands=true`
 */
export function countCosts(client: MongoClient) {
  let commands: string[] = [];
  let bytes = 0;
  let allocated: number[] = [];
  const before = new WeakMap<object, number>();

  const started = ({ commandName }: CommandStartedEvent) => {
    if (!notCounted.includes(commandName)) commands.push(commandName);
  };
  const succeeded = ({ commandName, reply }: CommandSucceededEvent) => {
    if (!notCounted.includes(commandName)) bytes += BSON.calculateObjectSize(reply as object);
  };
  const arrived = (message: unknown) => {
    before.set((message as { request: IncomingMessage }).request, usedBytes());
  };
  const answered = (message: unknown) => {
    const used = before.get((message as { request: IncomingMessage }).request);
    if (used !== undefined) allocated.push(usedBytes() - used);
  };

  client.on("commandStarted", started).on("commandSucceeded", succeeded);
  subscribe("http.server.request.start", arrived);
  subscribe("http.server.response.finish", answered);

  /** Returns the costs of one request, of all since the last call. */
  function take(): Costs {
    const requests = allocated.length;
    const costs = {
      commands: commands.length / requests,
      writes: commands.filter((name) => writing.includes(name)).length / requests,
      fromDatabase: toKb(bytes / requests),
      allocated: toKb(median(allocated)),
    };
    commands = [];
    bytes = 0;
    allocated = [];
    return costs;
  }

  function stop(): void {
    client.off("commandStarted", started).off("commandSucceeded", succeeded);
    unsubscribe("http.server.request.start", arrived);
    unsubscribe("http.server.response.finish", answered);
  }

  return { take, stop };
}
