import { Socket } from "node:net";
import { mock } from "node:test";
import { engine } from "../app.js";

/** Ways to stop the database from responding. Each returns a function that makes it respond again. */
export const ways: Record<string, () => () => void> = {
  "the engine is frozen": () => {
    const pid = engine.pid as number;
    process.kill(pid, "SIGSTOP");
    return () => process.kill(pid, "SIGCONT");
  },
  "writes to sockets never end, and the driver's monitor is content": () => {
    const { write } = Socket.prototype;
    const writing = mock.method(Socket.prototype, "write", function (this: Socket, ...args: unknown[]) {
      return !isCommand(args[0]) && write.apply(this, args as Parameters<typeof write>);
    });
    return () => writing.mock.restore();
  },
};

const OP_MSG = 2013;

/** Returns true if these bytes are a MongoDB command that is not from the monitor. */
function isCommand(bytes: unknown): boolean {
  if (!(bytes instanceof Uint8Array) || bytes.length < 26) return false;
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return message.readInt32LE(12) === OP_MSG && !message.subarray(0, 64).includes("hello");
}
