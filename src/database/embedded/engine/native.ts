import { createRequire } from "node:module";

/** A reply of the engine, with the data to frame it. */
export interface RoundTrip {
  /** Id of the request message. */
  requestId: number;
  /** True if the sender wants no reply. */
  moreToCome: boolean;
  /** True if the message was an OP_QUERY (a driver's first greeting). The reply is then an OP_REPLY. */
  legacy: boolean;
  /** The reply document, as BSON. */
  response: Buffer;
}

/** An open data directory. A process can have only one. */
export interface Engine {
  roundTrip(message: Buffer): Promise<RoundTrip>;
  close(): Promise<void>;
}

/**
 * Loads the addon directly, because the package's JavaScript part can find only the copy in its own folder.
 * @param addon absolute path of the `.node` file
 */
export async function openEngine(addon: string, directory: string): Promise<Engine> {
  const { Engine } = createRequire(import.meta.url)(addon) as { Engine: { open(path: string): Promise<Engine> } };
  return Engine.open(directory);
}
