import { model, Schema, type Types } from "mongoose";
import { isDuplicate } from "../database/errors.js";
import { getUserCollection } from "./user/collection.js";

const ID = "superadmins";
/** Whoever gave up the seat and did not come to an end within a minute never will: the process was killed. */
const LEAVES_WITHIN_MS = 60_000;

type Leaving = { user: Types.ObjectId; at: Date };
type Seats = { members: Types.ObjectId[]; leaving: Leaving[] };

const schema = new Schema(
  {
    _id: String,
    members: [Schema.Types.ObjectId],
    leaving: [new Schema({ user: Schema.Types.ObjectId, at: Date }, { _id: false })],
    /** One more with each change. */
    turn: Number,
  },
  { versionKey: false },
);
type Stored = Seats & { _id: string; turn: number | null };
const { db, collection } = model("Seat", schema);
const seats = db.collection<Stored>(collection.collectionName);
const holds = { roles: { $elemMatch: { role: "superadmin", domain: null } }, disabledAt: null };

/**
 * The superadmins who can act, all in one document, so that "not the last one" is one atomic condition however many try at once
 * (docs/decisions/0015-roles.md). Who has a seat has the role and is enabled, always: the seat is given up before either is taken, and
 * cannot be had again until that is done. After a crash a user may have the role and no seat, which makes the rule stricter until
 * `repair` gives it to them. Example: Ada and Bob are the superadmins, and each takes the role from the other at the same time.
 *
 * | step                                 | members  | leaving | turn | answer                                      |
 * | ------------------------------------ | -------- | ------- | ---- | ------------------------------------------- |
 * |                                      | Ada, Bob |         | 7    |                                             |
 * | `releaseSeat(Bob)`, `releaseSeat(Ada)` both read | Ada, Bob |         | 7    |                                             |
 * | `releaseSeat(Bob)` writes if turn is 7     | Ada      | Bob     | 8    | true                                        |
 * | `releaseSeat(Ada)` writes if turn is 7     | Ada      | Bob     | 8    | it is 8: read again; nobody is left: false  |
 * | Bob's role is taken                  | Ada      | Bob     | 8    |                                             |
 * | `finishRelease(Bob)`                        | Ada      |         | 9    | Bob has no role: no seat                    |
 */
export const superadmins = {
  /** Takes a seat, after the role was given or the account enabled; does nothing for a user who may not have it any more. */
  async claimSeat(user: Types.ObjectId): Promise<void> {
    await compareAndSwap(async (seats) => {
      const isLeaving = seats.leaving.some((one) => one.user.equals(user));
      if (isLeaving || !(await someCanAct([user]))) return null;
      return { ...seats, members: [...without(seats.members, user), user] };
    });
  },

  /** Gives up a seat, before the role is taken or the account disabled. False when nobody else would be left. */
  releaseSeat(user: Types.ObjectId): Promise<boolean> {
    return compareAndSwap(async ({ members, leaving }) => {
      const others = without(members, user);
      if (!(await someCanAct(others))) return null;
      return { members: others, leaving: [...leaving, { user, at: new Date() }] };
    });
  },

  /**
   * Gives a seat to all who have the role and no seat: the database was away when they were to take it, or to take it back. The job
   * "sweep-accounts" calls it.
   */
  async repair(): Promise<void> {
    const { members } = await read();
    const lacking = { ...holds, _id: { $nin: members } };
    const options = { hint: "people-role-createdAt", projection: { _id: 1 }, maxTimeMS: 5_000 };
    for (const { _id } of await getUserCollection().find(lacking, options).toArray()) await superadmins.claimSeat(_id);
  },

  /** Ends what `releaseSeat` began; a user who kept the role after all has the seat again. */
  async finishRelease(user: Types.ObjectId): Promise<void> {
    await compareAndSwap(async ({ members, leaving }) => {
      const own = leaving.findIndex((one) => one.user.equals(user));
      return { members, leaving: leaving.filter((_, index) => index !== own) };
    });
    await superadmins.claimSeat(user);
  },

  /** Whether nobody else could look after the site. */
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
 * Reads the seats, decides what becomes of them, and writes that if nobody has written meanwhile; otherwise begins again.
 * @param decide answers null to change nothing
 * @returns whether they were changed
 */
async function compareAndSwap(decide: (seats: Seats) => Promise<Seats | null>): Promise<boolean> {
  for (;;) {
    const { turn, ...before } = await read();
    const next = await decide(before);
    if (!next) return false;
    if (await writeIfUnchanged(next, turn)) return true;
  }
}

/** @param turn as it was read; null where there was no document @returns false when another process has written since */
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
