import { model, Schema, type Types } from "mongoose";
import { isDuplicate } from "../database/errors.js";
import { getUserCollection } from "./user/collection.js";

const ID = "superadmins";
/** A release that is unfinished after a minute never finishes, because its process was killed. */
const LEAVES_WITHIN_MS = 60_000;

type Leaving = { user: Types.ObjectId; at: Date };
type Seats = { members: Types.ObjectId[]; leaving: Leaving[] };

const schema = new Schema(
  {
    _id: String,
    members: [Schema.Types.ObjectId],
    leaving: [new Schema({ user: Schema.Types.ObjectId, at: Date }, { _id: false })],
    /** Version of the document. Each write increments it. */
    turn: Number,
  },
  { versionKey: false },
);
type Stored = Seats & { _id: string; turn: number | null };
const { db, collection } = model("Seat", schema);
const seats = db.collection<Stored>(collection.collectionName);
const holds = { roles: { $elemMatch: { role: "superadmin", domain: null } }, disabledAt: null };

/**
 * All superadmins who can act, in one document. This makes "not the last one" one atomic condition, even for concurrent
 * requests (docs/decisions/0015-roles.md). Every user with a seat has the role and is enabled: a seat is released before
 * the role is revoked or the user is disabled, and cannot be claimed again until that is done. After a crash, a user
 * may have the role but no seat. The rule is then stricter than necessary, until `repair` restores the seat.
 * Example: Ada and Bob are the superadmins. At the same time, each revokes the other's role.
 *
 * | step                                             | members  | leaving | turn | result                      |
 * | ------------------------------------------------ | -------- | ------- | ---- | --------------------------- |
 * |                                                  | Ada, Bob |         | 7    |                             |
 * | `releaseSeat(Bob)`, `releaseSeat(Ada)` both read | Ada, Bob |         | 7    |                             |
 * | `releaseSeat(Bob)` writes if turn is 7           | Ada      | Bob     | 8    | true                        |
 * | `releaseSeat(Ada)` writes if turn is 7           | Ada      | Bob     | 8    | no write, as turn is 8      |
 * | `releaseSeat(Ada)` reads again                   | Ada      | Bob     | 8    | only Ada is left: false     |
 * | Bob's role is revoked                            | Ada      | Bob     | 8    |                             |
 * | `finishRelease(Bob)`                             | Ada      |         | 9    | no role, so no seat for Bob |
 */
export const superadmins = {
  /**
   * Claims a seat after the role was granted or the user was enabled. Does nothing if the user is not entitled to a
   * seat.
   */
  async claimSeat(user: Types.ObjectId): Promise<void> {
    await compareAndSwap(async (seats) => {
      const isLeaving = seats.leaving.some((one) => one.user.equals(user));
      if (isLeaving || !(await someCanAct([user]))) return null;
      return { ...seats, members: [...without(seats.members, user), user] };
    });
  },

  /**
   * Releases a seat before the role is revoked or the user is disabled. Returns false if no other superadmin would be
   * left.
   */
  releaseSeat(user: Types.ObjectId): Promise<boolean> {
    return compareAndSwap(async ({ members, leaving }) => {
      const others = without(members, user);
      if (!(await someCanAct(others))) return null;
      return { members: others, leaving: [...leaving, { user, at: new Date() }] };
    });
  },

  /**
   * Gives a seat to every superadmin without one. Seats are missing if the database was unavailable when they should
   * have been claimed. The job "sweep-accounts" calls this.
   */
  async repair(): Promise<void> {
    const { members } = await read();
    const lacking = { ...holds, _id: { $nin: members } };
    const options = { hint: "people-role-createdAt", projection: { _id: 1 }, maxTimeMS: 5_000 };
    for (const { _id } of await getUserCollection().find(lacking, options).toArray()) await superadmins.claimSeat(_id);
  },

  /** Finishes a release. If the user has kept the role, the seat is restored. */
  async finishRelease(user: Types.ObjectId): Promise<void> {
    await compareAndSwap(async ({ members, leaving }) => {
      const own = leaving.findIndex((one) => one.user.equals(user));
      return { members, leaving: leaving.filter((_, index) => index !== own) };
    });
    await superadmins.claimSeat(user);
  },

  /** Lists the superadmins who can act. */
  list: async (): Promise<Types.ObjectId[]> => (await read()).members,

  /** Returns true if this user is the only superadmin who can act. */
  async isLast(user: Types.ObjectId): Promise<boolean> {
    return !(await someCanAct(without((await read()).members, user)));
  },
};

const without = (users: Types.ObjectId[], user: Types.ObjectId) => users.filter((one) => !one.equals(user));

async function someCanAct(users: Types.ObjectId[]): Promise<boolean> {
  return (await getUserCollection().findOne({ _id: { $in: users }, ...holds }, { projection: { _id: 1 } })) !== null;
}

async function read(): Promise<Seats & { turn: number | null }> {
  const found = await seats.findOne({ _id: ID });
  const since = Date.now() - LEAVES_WITHIN_MS;
  const leaving = (found?.leaving ?? []).filter(({ at }) => at.getTime() > since);
  return { members: found?.members ?? [], leaving, turn: found?.turn ?? null };
}

/**
 * Reads the seats, calls `decide` for the new state, and writes it if no other process has written in the meantime.
 * Otherwise starts again.
 * @param decide returns null to change nothing
 * @returns true if the seats were changed
 */
async function compareAndSwap(decide: (seats: Seats) => Promise<Seats | null>): Promise<boolean> {
  for (;;) {
    const { turn, ...before } = await read();
    const next = await decide(before);
    if (!next) return false;
    if (await writeIfUnchanged(next, turn)) return true;
  }
}

/**
 * Writes the seats. @param turn the version that was read; null without a document @returns false if another process
 * has written since
 */
async function writeIfUnchanged(next: Seats, turn: number | null): Promise<boolean> {
  const asRead = { _id: ID, turn };
  const update = { $set: { ...next, turn: (turn ?? 0) + 1 } };
  try {
    const result = await seats.updateOne(asRead, update, { upsert: turn === null });
    return result.matchedCount + result.upsertedCount === 1;
  } catch (error) {
    if (isDuplicate(error)) return false;
    throw error;
  }
}
