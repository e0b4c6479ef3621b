import { bson } from "./bson.js";

const BOOLEAN = 0x08;

/**
 * Identifies this process of the engine, as mongod does. With this field, a driver (mongodb 7.8) restarts its monitor
 * when a connection breaks. Without it, the monitor may wait forever on the socket of a killed engine.
 */
const element = Buffer.from(
  bson.serialize({ topologyVersion: { processId: new bson.ObjectId(), counter: bson.Long.fromNumber(0) } }),
).subarray(4, -1);

/** Returns true for the reply to a driver's greeting: its first field is isWritablePrimary or ismaster. */
export function isHello(reply: Buffer): boolean {
  return reply[4] === BOOLEAN && /^is(WritablePrimary|master)$/.test(reply.toString("latin1", 5, reply.indexOf(0, 5)));
}

/** Adds the engine's identity to the reply to `hello`. */
export function withTopologyVersion(reply: Buffer): Buffer {
  const longer = Buffer.concat([reply.subarray(0, -1), element, Buffer.alloc(1)]);
  longer.writeInt32LE(longer.length, 0);
  return longer;
}
