import { bson } from "./bson.js";
import type { Engine } from "./native.js";
import { createCommandMessage } from "./wire.js";

/** Runs one database command and returns its reply. @throws Error if the command is refused */
export type Run = (database: string, command: object) => Promise<Record<string, unknown>>;

/** Runs commands on the engine from inside its own process. */
export function runOn(engine: Engine): Run {
  return async (database, command) => {
    const { response } = await engine.roundTrip(createCommandMessage(database, command));
    const reply = bson.deserialize(response);
    if (reply.ok !== 1) throw new Error(`${Object.keys(command)[0]}: ${reply.errmsg}`);
    return reply;
  };
}
