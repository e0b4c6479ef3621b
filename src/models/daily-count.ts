import { model, Schema } from "mongoose";
import { writeTogether } from "../database/write-together.js";

const DAY_MS = 86_400_000;

/** Events that are counted per day. */
const everything = ["signUps", "signIns", "failures"] as const;
export type CountedEvent = (typeof everything)[number];
/** The counts of one day (UTC). */
export type DayCounts = { day: Date } & Record<CountedEvent, number>;

const amount = { type: Number, default: 0 };
const schema = new Schema({ _id: String, signUps: amount, signIns: amount, failures: amount }, { versionKey: false });
const days = model("DayCount", schema);

const formatDay = (time: number) => new Date(time).toISOString().slice(0, 10);

/** Counts an event today. Each day has one document, so the cost of reading a month does not depend on traffic. */
export async function countToday(event: CountedEvent): Promise<void> {
  const filter = { _id: formatDay(Date.now()) };
  await writeTogether(days.collection, { updateOne: { filter, update: { $inc: { [event]: 1 } }, upsert: true } });
}

/** Returns the counts of the last `count` days including today, oldest first. Days without events have zeros. */
export async function readLastDays(count: number, now = Date.now()): Promise<DayCounts[]> {
  const wanted = Array.from({ length: count }, (_, n) => formatDay(now - (count - 1 - n) * DAY_MS));
  const found = await days.collection
    .find<Partial<DayCounts> & { _id: string }>({ _id: { $in: wanted as never[] } }, { maxTimeMS: 5_000 })
    .toArray();
  const known = new Map(found.map((day) => [day._id, day]));
  return wanted.map((name) => {
    const { signUps = 0, signIns = 0, failures = 0 } = known.get(name) ?? {};
    return { day: new Date(`${name}T00:00:00Z`), signUps, signIns, failures };
  });
}
