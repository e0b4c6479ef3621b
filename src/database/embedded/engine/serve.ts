import type { Socket } from "node:net";
import type { CursorReaper } from "./cursors.js";
import { isHello, withTopologyVersion } from "./hello.js";
import type { Engine } from "./native.js";
import { createErrorReply, createReplyHead, readCommandName } from "./wire.js";

const SHORTEST_MESSAGE = 16;
/** The server's limit (`maxMessageSizeBytes`) plus room for the frame. */
const LONGEST_MESSAGE = 48_000_000 + 65_536;

/** Serves one driver connection: passes complete messages to the engine, in order. */
export function serveConnection(socket: Socket, engine: Engine, cursors: CursorReaper): void {
  let queue = Promise.resolve();
  let replyId = 0;
  const answer = async (message: Buffer) => {
    const name = readCommandName(message);
    const reply = createErrorReply(message, name) ?? (await engine.roundTrip(message));
    cursors.note(name, message, reply.response);
    if (reply.moreToCome || socket.destroyed) return;
    replyId += 1;
    const response = isHello(reply.response) ? withTopologyVersion(reply.response) : reply.response;
    socket.cork();
    socket.write(createReplyHead({ ...reply, response }, replyId));
    socket.write(response);
    socket.uncork();
  };
  socket.on("error", () => undefined);
  splitMessages(socket, (message) => {
    queue = queue.then(() => answer(message)).catch((error: Error) => void socket.destroy(error));
  });
}

/**
 * Splits the bytes of a connection into messages. A message begins with its length, and a chunk can end anywhere.
 * Example, with messages of 20 and 30 bytes:
 *
 * | chunk    | kept before | messages | kept after                                   |
 * | -------- | ----------- | -------- | -------------------------------------------- |
 * | 2 bytes  | 0           |          | 2: the length is not known yet               |
 * | 28 bytes | 2           | 20       | 10 of the second                             |
 * | 20 bytes | 10          | 30       | 0                                            |
 */
function splitMessages(socket: Socket, onMessage: (message: Buffer) => void): void {
  const received = new ReceivedBytes();
  socket.on("data", (chunk: Buffer) => {
    received.add(chunk);
    for (let length = received.messageLength(); length !== null; length = received.messageLength()) {
      if (length < SHORTEST_MESSAGE || length > LONGEST_MESSAGE) return void socket.destroy();
      const message = received.take(length);
      if (!message) return;
      onMessage(message);
    }
  });
}

/**
 * Received bytes that were not taken yet. Chunks are joined only when a message is complete, not when each one arrives.
 */
class ReceivedBytes {
  #chunks: Buffer[] = [];
  #size = 0;

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** Returns the length of the next message, or null until its first four bytes have arrived. */
  messageLength(): number | null {
    if (this.#size < 4) return null;
    const [first] = this.#chunks;
    return (first && first.length >= 4 ? first : this.#join()).readInt32LE(0);
  }

  /** Takes the next bytes, or returns null if too few have arrived. */
  take(length: number): Buffer | null {
    if (this.#size < length) return null;
    const bytes = this.#join();
    this.#size -= length;
    this.#chunks = this.#size > 0 ? [bytes.subarray(length)] : [];
    return bytes.subarray(0, length);
  }

  #join(): Buffer {
    const [first] = this.#chunks;
    const joined = first && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks, this.#size);
    this.#chunks = [joined];
    return joined;
  }
}
