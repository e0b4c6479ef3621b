import { createRequire } from "node:module";

/** One answer of the engine, with what is needed to frame it. */
export interface RoundTrip {
  /** The id of the message that is answered. */
  requestId: number;
  /** The sender wants no reply written. */
  moreToCome: boolean;
  /** The message was an OP_QUERY (a driver's first greeting), so the reply is an OP_REPLY. */
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
 * Loads the addon itself rather than the package's JavaScript half, which can only find its own copy.
 * @param addon absolute path of the `.node` file
 */
export async function openEngine(addon: string, directory: string): Promise<Engine> {
  const { Engine } = createRequire(import.meta.url)(addon) as { Engine: { open(path: string): Promise<Engine> } };
  return Engine.open(directory);
}
