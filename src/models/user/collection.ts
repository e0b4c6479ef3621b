import mongoose, { type Collection } from "mongoose";

type Users = ReturnType<typeof mongoose.connection.collection>;
let users: Users | undefined;

/**
 * The users as the driver reads and writes them, for the parts that the model is assembled from: they cannot import the model itself,
 * which imports them. The model uses the same object, so each update of an account passes `setUpdateTimes`.
 */
export function getUserCollection(): Users {
  users ??= setUpdateTimes(mongoose.connection.collection("users"));
  return users;
}

type Update = Record<string, unknown>;
type Stage = Record<string, unknown>;

/**
 * Fields whose change does not count as a change of the account: what runs in the background, what each login writes,
 * and what no response shows. All other fields count, also those added later.
 */
const uncounted: ReadonlySet<string> = new Set([
  "outbox",
  "usedLinks",
  "lastLoginAt",
  "sessionEpoch",
  "postCount",
  "counted",
  "search",
  "pictureUpload",
  "signedUpBy",
  "authenticator",
  "authenticatorUse",
  "recoveryCodes",
  "recoveryCodesMadeAt",
  "passkeys",
  "factorRecovery",
]);
/** Stands for any field that counts. */
const ANY = "*";

/**
 * Makes every update of an account set `updatedAt`, however it is written: by the model, the driver, an update pipeline or in
 * bulk. It is the only place that does, so no update can forget it. The time is that of the database, so that accounts
 * changed by several processes are in order. Examples:
 *
 * | update                             | is written as                                                    |
 * | ---------------------------------- | ---------------------------------------------------------------- |
 * | `{ $set: { disabledAt } }`         | `{ $set: { disabledAt }, $currentDate: { updatedAt: true } }`    |
 * | `[{ $set: { email } }]`            | `[{ $set: { email } }, { $set: { updatedAt: "$$NOW" } }]`        |
 * | `{ $pull: { outbox: { _id } } }`   | unchanged                                                        |
 */
function setUpdateTimes<Users extends Collection>(users: Users): Users {
  const native = users as unknown as Record<string, (...given: unknown[]) => unknown>;
  for (const name of ["updateOne", "updateMany", "findOneAndUpdate"]) {
    const write = native[name]?.bind(users);
    native[name] = (filter, update, ...more) => write?.(filter, withTime(update as Update), ...more);
  }
  const writeMany = native.bulkWrite?.bind(users);
  native.bulkWrite = (operations, ...more) => writeMany?.((operations as Update[]).map(withTimeInBulk), ...more);
  return users;
}

/** The same for one operation of `bulkWrite`, such as `{ updateOne: { filter, update } }`. */
const withTimeInBulk = (operation: Update): Update =>
  Object.fromEntries(
    Object.entries(operation).map(([name, one]) => {
      const { update } = one as { update?: Update };
      return [name, update ? { ...(one as object), update: withTime(update) } : one];
    }),
  );

/** Returns the update with the time, if it changes a field that counts. */
export function withTime(update: Update | Stage[]): Update | Stage[] {
  const fields = Array.isArray(update) ? update.flatMap(listFieldsOfStage) : listFields(update);
  if (fields.includes("updatedAt") || fields.every((field) => uncounted.has(field))) return update;
  if (Array.isArray(update)) return [...update, { $set: { updatedAt: "$$NOW" } }];
  return { ...update, $currentDate: { ...(update.$currentDate as object | undefined), updatedAt: true } };
}

const getTop = (path: string) => path.split(".", 1)[0] ?? path;

/** Lists the top-level fields that an update with operators changes. */
const listFields = (update: Update): string[] =>
  Object.entries(update).flatMap(([operator, fields]) =>
    operator === "$setOnInsert" ? [] : Object.keys(fields as object).map(getTop),
  );

/** The same for a stage of an update pipeline. A stage that replaces the whole document counts. */
function listFieldsOfStage(stage: Stage): string[] {
  return Object.entries(stage).flatMap(([operator, fields]) => {
    if (operator === "$unset") return [fields].flat().map((path) => getTop(String(path)));
    return operator === "$set" || operator === "$addFields" ? Object.keys(fields as object).map(getTop) : [ANY];
  });
}
