import mongoose, { model, Schema, type Types } from "mongoose";
import { isDuplicate } from "../database/errors.js";

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
const seats = model("Seat", schema);
const holds = { roles: { $elemMatch: { role: "superadmin", domain: null } }, disabledAt: null };
const accounts = () => mongoose.model("User").collection;

/**
 * The superadmins who can act, all in one document, so that "not the last one" is one atomic condition however many try at
 * once (docs/decisions/0015-roles.md). Whoever is in here has the role and is not locked, always: who is about to lose
 * either gives up the seat before, and cannot get it back until that is done. After a crash somebody may have the role and
 * no seat, which makes the rule stricter until `repair` gives it to them.
 */
export const superadmins = {
  /** Takes a seat, after the role was given or the account unlocked; not for whoever has no right to it by now. */
  async join(user: Types.ObjectId): Promise<void> {
    await change(
      async (now) => (await mayJoin(now, user)) && { ...now, members: [...without(now.members, user), user] },
    );
  },

  /** Gives up a seat, before the role is taken or the account locked. False when nobody else would be left. */
  leave(user: Types.ObjectId): Promise<boolean> {
    return change(async ({ members, leaving }) => {
      const others = without(members, user);
      return (await someCanAct(others)) && { members: others, leaving: [...leaving, { user, at: new Date() }] };
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
    for (const { _id } of await accounts().find(lacking, options).toArray()) await superadmins.join(_id);
  },

  /** Ends what `leave` began; whoever kept the role after all has the seat again. */
  async settle(user: Types.ObjectId): Promise<void> {
    await change(async ({ members, leaving }) => {
      const own = leaving.findIndex((one) => one.user.equals(user));
      return { members, leaving: leaving.filter((_, index) => index !== own) };
    });
    await superadmins.join(user);
  },

  /** Whether nobody else could look after the site. */
  async isLast(user: Types.ObjectId): Promise<boolean> {
    return !(await someCanAct(without((await read()).members, user)));
  },
};

const without = (users: Types.ObjectId[], user: Types.ObjectId) => users.filter((one) => !one.equals(user));

async function mayJoin({ leaving }: Seats, user: Types.ObjectId): Promise<boolean> {
  return !leaving.some((one) => one.user.equals(user)) && someCanAct([user]);
}

async function someCanAct(users: Types.ObjectId[]): Promise<boolean> {
  return (await accounts().findOne({ _id: { $in: users }, ...holds }, { projection: { _id: 1 } })) !== null;
}

async function read(): Promise<Seats & { turn: number | null }> {
  const found = await seats.collection.findOne<Seats & { turn: number }>({ _id: ID as never });
  const since = Date.now() - LEAVES_WITHIN_MS;
  const leaving = (found?.leaving ?? []).filter(({ at }) => at.getTime() > since);
  return { members: found?.members ?? [], leaving, turn: found?.turn ?? null };
}

/** Decides anew until nobody changed the seats in between. False when it was decided to change nothing. */
async function change(decide: (now: Seats) => Promise<Seats | false>): Promise<boolean> {
  for (;;) {
    const { turn, ...now } = await read();
    const next = await decide(now);
    if (!next) return false;
    if (await write(next, turn)) return true;
  }
}

/** False when another one's turn came first. */
async function write(next: Seats, turn: number | null): Promise<boolean> {
  try {
    const asRead = { _id: ID as never, turn };
    const $set = { ...next, turn: (turn ?? 0) + 1 };
    const { matchedCount, upsertedCount } = await seats.collection.updateOne(
      asRead,
      { $set },
      { upsert: turn === null },
    );
    return matchedCount + upsertedCount === 1;
  } catch (error) {
    if (isDuplicate(error)) return false;
    throw error;
  }
}
