import { bson } from "./bson.js";

const BOOLEAN = 0x08;

/**
 * Names this process of the engine, as mongod does. A driver (mongodb 7.8) that knows the name starts its monitor anew
 * when a connection breaks; without it the monitor may wait for ever on the socket of an engine that was killed.
 */
const element = Buffer.from(
  bson.serialize({ topologyVersion: { processId: new bson.ObjectId(), counter: bson.Long.fromNumber(0) } }),
).subarray(4, -1);

/** Whether a reply answers a driver's greeting: it begins with isWritablePrimary or ismaster. */
export function isHello(reply: Buffer): boolean {
  return reply[4] === BOOLEAN && /^is(WritablePrimary|master)$/.test(reply.toString("latin1", 5, reply.indexOf(0, 5)));
}

/** The reply to a greeting with the engine's name in it. */
export function withTopologyVersion(reply: Buffer): Buffer {
  const longer = Buffer.concat([reply.subarray(0, -1), element, Buffer.alloc(1)]);
  longer.writeInt32LE(longer.length, 0);
  return longer;
}
