import { bson } from "./bson.js";
import type { Run } from "./command.js";
import { readCursor } from "./wire.js";

/** Time after which an idle cursor is closed; the default of mongod. */
const IDLE_MS = 10 * 60_000;

/** Closes abandoned cursors. Unlike mongod, the engine keeps them forever. */
export function createCursorReaper(now: () => number = Date.now) {
  const open = new Map<bigint, { namespace: string; usedAt: number }>();
  return {
    /** Tracks the cursor that a command opened, continued or exhausted. */
    note(name: string | undefined, message: Buffer, reply: Buffer): void {
      const cursor = readCursor(reply);
      if (!cursor) return;
      if (cursor.id !== 0n) open.set(cursor.id, { namespace: cursor.namespace, usedAt: now() });
      else if (name === "getMore") open.delete(message.readBigInt64LE(message.indexOf("getMore\0", 20, "latin1") + 8));
    },

    /** Closes cursors that were idle for ten minutes. Returns their number. */
    async reap(run: Run): Promise<number> {
      const idle = [...open].filter(([, cursor]) => now() - cursor.usedAt >= IDLE_MS);
      for (const [id, { namespace }] of idle) {
        open.delete(id);
        const dot = namespace.indexOf(".");
        const killCursors = namespace.slice(dot + 1);
        await run(namespace.slice(0, dot), { killCursors, cursors: [bson.Long.fromBigInt(id)] }).catch(() => undefined);
      }
      return idle.length;
    },
  };
}

export type CursorReaper = ReturnType<typeof createCursorReaper>;
