import { createMetrics, declareMetrics } from "./declare.js";

const metrics = declareMetrics(({ Counter, Gauge, Histogram }) => {
  const durations = new Histogram({
    name: "postern_database_command_duration_seconds",
    help: "Time until the database answered a command. The driver measures whole milliseconds.",
    labelNames: ["command"],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  });
  const failures = new Counter({
    name: "postern_database_command_failures_total",
    help: "Commands that the database refused or did not answer.",
    labelNames: ["command"],
  });
  const connections = new Gauge({
    name: "postern_database_connections",
    help: "Connections to the database, by use.",
    labelNames: ["state"],
  });
  const limit = new Gauge({
    name: "postern_database_connections_limit",
    help: "Maximum number of connections to one server of the database.",
  });
  const waiting = new Gauge({
    name: "postern_database_connections_waiting",
    help: "Operations that wait for a free connection.",
  });
  const refused = new Counter({
    name: "postern_database_connections_refused_total",
    help: "Operations that got no connection in time.",
  });
  const [inUse, idle] = [connections.labels("in-use"), connections.labels("idle")];
  return { durations, failures, limit, waiting, refused, inUse, idle };
});
type Metrics = NonNullable<ReturnType<typeof metrics>>;

type Command = { commandName: string; duration: number };
/** The part of the driver's client that reports commands and connections. */
type Client = { on(event: string, listener: (about: never) => void): unknown };

/**
 * Counts what a client of the driver reports. Must be called before the client connects, otherwise the first
 * connections are missing. Commands are reported only with the option `monitorCommands`.
 */
export function observeDatabase(client: Client, poolSize: number): void {
  createMetrics();
  const all = metrics();
  if (!all) return;
  const { durations, failures, limit, waiting, inUse, idle } = all;
  limit.set(poolSize);
  for (const gauge of [inUse, idle, waiting]) gauge.set(0);
  client.on("commandSucceeded", ({ commandName, duration }: Command) =>
    durations.labels(commandName).observe(duration / 1_000),
  );
  client.on("commandFailed", ({ commandName, duration }: Command) => {
    durations.labels(commandName).observe(duration / 1_000);
    failures.labels(commandName).inc();
  });
  observePool(client, all);
}

type Connection = { address: string; connectionId: unknown };

/** A connection is idle when it is ready, and in use while an operation has it. It can be closed in both states. */
function observePool(client: Client, { waiting, refused, inUse, idle }: Metrics): void {
  const ready = new Set<string>();
  const taken = new Set<string>();
  const note = (event: string, change: (id: string) => void) =>
    client.on(event, ({ address, connectionId }: Connection) => {
      change(`${address} ${connectionId}`);
      inUse.set(taken.size);
      idle.set(ready.size - taken.size);
    });
  note("connectionReady", (id) => ready.add(id));
  note("connectionCheckOutStarted", () => waiting.inc());
  note("connectionCheckedOut", (id) => {
    waiting.dec();
    taken.add(id);
  });
  note("connectionCheckedIn", (id) => taken.delete(id));
  note("connectionCheckOutFailed", () => {
    waiting.dec();
    refused.inc();
  });
  note("connectionClosed", (id) => {
    ready.delete(id);
    taken.delete(id);
  });
}
