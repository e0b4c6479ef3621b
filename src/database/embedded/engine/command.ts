import { bson } from "./bson.js";
import type { Engine } from "./native.js";
import { createCommandMessage } from "./wire.js";

/** Runs one database command and returns its reply. @throws Error if the engine refuses the command */
export type Run = (database: string, command: object) => Promise<Record<string, unknown>>;

/** Returns a function that runs commands on the engine inside this process. */
export function runOn(engine: Engine): Run {
  return async (database, command) => {
    const { response } = await engine.roundTrip(createCommandMessage(database, command));
    const reply = bson.deserialize(response);
    if (reply.ok !== 1) throw new Error(`${Object.keys(command)[0]}: ${reply.errmsg}`);
    return reply;
  };
}
