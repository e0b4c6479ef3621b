import type { Socket } from "node:net";
import type { CursorReaper } from "./cursors.js";
import { isHello, withTopologyVersion } from "./hello.js";
import type { Engine } from "./native.js";
import { commandName, refusal, replyHead } from "./wire.js";

const SHORTEST_MESSAGE = 16;
/** The server's own limit (`maxMessageSizeBytes`) and some room for the frame. */
const LONGEST_MESSAGE = 48_000_000 + 65_536;

/** Answers one driver connection: whole messages go to the engine, in the order they came. */
export function serve(socket: Socket, engine: Engine, cursors: CursorReaper): void {
  let queue = Promise.resolve();
  let replyId = 0;
  const answer = async (message: Buffer) => {
    const name = commandName(message);
    const reply = refusal(message, name) ?? (await engine.roundTrip(message));
    cursors.note(name, message, reply.response);
    if (reply.moreToCome || socket.destroyed) return;
    replyId += 1;
    const response = isHello(reply.response) ? withTopologyVersion(reply.response) : reply.response;
    socket.cork();
    socket.write(replyHead({ ...reply, response }, replyId));
    socket.write(response);
    socket.uncork();
  };
  socket.on("error", () => undefined);
  splitMessages(socket, (message) => {
    queue = queue.then(() => answer(message)).catch((error: Error) => void socket.destroy(error));
  });
}

/** Hands on whole messages, however the connection cuts them into chunks. */
function splitMessages(socket: Socket, onMessage: (message: Buffer) => void): void {
  let chunks: Buffer[] = [];
  let have = 0;
  let needed = 4;
  socket.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    have += chunk.length;
    while (have >= needed) {
      const bytes = joined(chunks, have);
      const length = bytes.readInt32LE(0);
      if (!isPossible(length)) return void socket.destroy();
      const whole = have >= length;
      needed = whole ? 4 : length;
      chunks = whole ? remainder(bytes, length) : [bytes];
      if (!whole) return;
      have -= length;
      onMessage(bytes.subarray(0, length));
    }
  });
}

const isPossible = (length: number) => length >= SHORTEST_MESSAGE && length <= LONGEST_MESSAGE;

function joined(chunks: Buffer[], length: number): Buffer {
  const [first, ...others] = chunks;
  return first && others.length === 0 ? first : Buffer.concat(chunks, length);
}

function remainder(bytes: Buffer, from: number): Buffer[] {
  return bytes.length > from ? [bytes.subarray(from)] : [];
}
