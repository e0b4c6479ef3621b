import { createRequire } from "node:module";

/** One reply of the engine, with the data to frame it. */
export interface RoundTrip {
  /** Id of the message that is answered. */
  requestId: number;
  /** True if the sender wants no reply. */
  moreToCome: boolean;
  /** True if the message was an OP_QUERY (a driver's first greeting), so that the reply is an OP_REPLY. */
  legacy: boolean;
  /** The reply document, as BSON. */
  response: Buffer;
}

/** An open data directory; one per process. */
export interface Engine {
  roundTrip(message: Buffer): Promise<RoundTrip>;
  close(): Promise<void>;
}

/**
 * Loads the addon itself instead of the package's JavaScript part, which can find only its own copy.
 * @param addon absolute path of the `.node` file
 */
export async function openEngine(addon: string, directory: string): Promise<Engine> {
  const { Engine } = createRequire(import.meta.url)(addon) as { Engine: { open(path: string): Promise<Engine> } };
  return Engine.open(directory);
}
