import { bson } from "./bson.js";
import type { RoundTrip } from "./native.js";

// MongoDB wire protocol: https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
const OP_REPLY = 1;
const OP_MSG = 2013;
const OP_MSG_HEAD = 21;
const OP_REPLY_HEAD = 36;
const DOCUMENT = 0x03;
const ARRAY = 0x04;
const STRING = 0x02;
const BOOLEAN = 0x08;
const INT64 = 0x12;

/** The cursor that a reply has left open. */
export interface CursorReference {
  id: bigint;
  /** `database.collection` */
  namespace: string;
}

/** Returns the name of the command in an OP_MSG; undefined for any other message. */
export function readCommandName(message: Buffer): string | undefined {
  if (message.length < 27 || message.readInt32LE(12) !== OP_MSG) return undefined;
  for (let at = 20; at + 5 <= message.length; ) {
    const size = message.readInt32LE(at + 1);
    if (message[at] === 0) return message.toString("latin1", at + 6, message.indexOf(0, at + 6));
    if (size <= 0) return undefined;
    at += 1 + size;
  }
  return undefined;
}

/**
 * Returns the cursor of a reply; its id is 0 if it is exhausted. The documents in the reply are not decoded. Examples:
 *
 * - `{ cursor: { firstBatch: [...], id: 77n, ns: "postern.users" }, ok: 1 }` gives `{ id: 77n, namespace:
 *   "postern.users" }`
 * - `{ n: 1, ok: 1 }` gives undefined
 *
 * In bytes: 4 for the length of the reply, 0x03, "cursor" and 0, 4 for the length of the cursor, then its elements.
 * Each element is a type, a name and 0, and a value.
 */
export function readCursor(reply: Buffer): CursorReference | undefined {
  if (reply.length < 20 || reply[4] !== DOCUMENT || reply.toString("latin1", 5, 12) !== "cursor\0") return undefined;
  let id: bigint | undefined;
  let namespace = "";
  const end = 12 + reply.readInt32LE(12) - 1;
  for (const { type, name, from, to } of elementsBetween(reply, 16, end)) {
    if (type === INT64 && name === "id") id = reply.readBigInt64LE(from);
    if (type === STRING && name === "ns") namespace = reply.toString("utf8", from + 4, to - 1);
  }
  return id === undefined || namespace === "" ? undefined : { id, namespace };
}

/** Yields the name, start and end of each element of a BSON document, up to the first element of an unknown type. */
function* elementsBetween(reply: Buffer, start: number, end: number) {
  for (let at = start; at < end; ) {
    const type = reply[at];
    const nameEnd = reply.indexOf(0, at + 1);
    const from = nameEnd + 1;
    const to = findEnd(reply, type, from);
    if (to <= at) return;
    yield { type, name: reply.toString("latin1", at + 1, nameEnd), from, to };
    at = to;
  }
}

/** Returns the end of a value; -1 for a type that cursors do not contain. */
function findEnd(reply: Buffer, type: number | undefined, value: number): number {
  if (type === DOCUMENT || type === ARRAY) return value + reply.readInt32LE(value);
  if (type === STRING) return value + 4 + reply.readInt32LE(value);
  if (type === INT64) return value + 8;
  return type === BOOLEAN ? value + 1 : -1;
}

/** Creates an OP_MSG with one command. */
export function createCommandMessage(database: string, command: object): Buffer {
  const body = bson.serialize({ ...command, $db: database });
  const message = Buffer.alloc(OP_MSG_HEAD + body.length);
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(1, 4);
  message.writeInt32LE(OP_MSG, 12);
  message.set(body, OP_MSG_HEAD);
  return message;
}

/** Creates the header that precedes a reply document. */
export function createReplyHead({ requestId, legacy, response }: RoundTrip, replyId: number): Buffer {
  const head = Buffer.alloc(legacy ? OP_REPLY_HEAD : OP_MSG_HEAD);
  head.writeInt32LE(head.length + response.length, 0);
  head.writeInt32LE(replyId, 4);
  head.writeInt32LE(requestId, 8);
  head.writeInt32LE(legacy ? OP_REPLY : OP_MSG, 12);
  if (legacy) head.writeInt32LE(1, 32);
  return head;
}

// The engine has no logical sessions and crashes on these commands. Drivers send them only to servers that announce
// sessions, which this one does not, but a shell might send them.
const REFUSED = new Set([
  "startSession",
  "endSessions",
  "refreshSessions",
  "killSessions",
  "killAllSessions",
  "killAllSessionsByPattern",
]);

/** Returns an error reply if the command must not reach the engine; undefined for all other commands. */
export function createErrorReply(message: Buffer, name: string | undefined): RoundTrip | undefined {
  if (name === undefined || !REFUSED.has(name)) return undefined;
  const errmsg = `no such command: '${name}'`;
  const response = Buffer.from(bson.serialize({ ok: 0, errmsg, code: 59, codeName: "CommandNotFound" }));
  return { requestId: message.readInt32LE(4), moreToCome: false, legacy: false, response };
}
