import "../../../support/environment.js";
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { config } from "../../../../src/config/index.js";
import { openDatabase } from "../../../../src/database/open.js";
import { repeatUntilDone } from "../../../../src/lib/async/until-done.js";
import { closePasswords, configurePasswords } from "../../../../src/lib/passwords/hash.js";
import {
  createSearchTerms,
  listEmailWords,
  listNameWords,
  listUsernameWords,
} from "../../../../src/lib/text/search-terms.js";
import { buildSearchStages } from "../../../../src/models/user/search/terms.js";
import { User } from "../../../../src/models/user.js";
import { silent, temporaryDirectory, temporaryEngine } from "../../../support/database/engine.js";
import { createdAccount } from "../../../support/users/accounts.js";

const { uri } = await temporaryEngine();
const database = await openDatabase({ uri, dataDir: temporaryDirectory(), log: silent });
configurePasswords({ pepper: config.passwordPepper, cost: config.bcryptCost, threads: 1 });
after(() => Promise.all([database.close(), closePasswords()]));

let count = 0;
async function account() {
  count += 1;
  const username = `ada-${count}`;
  const user = await createdAccount({
    username,
    email: `${username}@example.org`,
    password: "sturdy-Gate-in-the-wall",
  });
  assert.ok(user);
  return user;
}
type Stored = {
  username: string;
  email: string;
  search: Record<string, string[]> & { long: string[]; short: string[] };
};
const stored = async ({ _id }: User) => (await User.collection.findOne({ _id })) as unknown as Stored;

/** Checks that the search terms are exactly those of the name and email. */
async function expectFound(user: User, names: { firstName?: string; lastName?: string } = {}) {
  const { username, email, search } = await stored(user);
  const { firstName = "", lastName = "" } = names;
  const words = {
    username: listUsernameWords(username),
    email: listEmailWords(email),
    firstName: listNameWords(firstName),
    lastName: listNameWords(lastName),
  };
  const { long, short, ...kept } = search;
  assert.deepEqual(kept, words);
  const terms = createSearchTerms(Object.values(words).flat());
  assert.deepEqual([long.toSorted(), short.toSorted()], [terms.long.sort(), terms.short.sort()]);
}

test("a write that changes a name or an email also updates the search terms", async () => {
  const user = await account();
  await expectFound(user);
  assert.equal(await user.correctEmail("$lovelace@other.example"), "done");
  await expectFound(user);
  const corrected = await User.findById(user._id).orFail();
  assert.equal(await corrected.confirmEmail("$lovelace@other.example"), "done");
  assert.equal(await user.rename("countess"), "done");
  await expectFound(user);
  const now = await User.findById(user._id).orFail();
  assert.equal(await now.changeEmail("ada@third.example"), "done");
  await expectFound(user);
  const later = await User.findById(user._id).orFail();
  assert.equal(await later.restoreEmail("$lovelace@other.example"), "done");
  await expectFound(user);
  const profile = { firstName: "Áda-$li", lastName: "King 山田 Li K" };
  await User.collection.updateOne({ _id: user._id }, [
    { $set: { profile: { $literal: profile } } },
    ...buildSearchStages(profile),
  ]);
  await expectFound(user, profile);
});

test("a failed rename leaves the search terms unchanged, and concurrent changes all take effect", async () => {
  const [one, other] = [await account(), await account()];
  assert.deepEqual(await one.rename(other.username), { taken: "username" });
  await expectFound(one);
  await Promise.all([
    one.rename(`renamed-${count}`),
    one.correctEmail(`new-${count}@example.org`),
    User.collection.updateOne({ _id: one._id }, buildSearchStages({ firstName: "Grace", lastName: undefined })),
  ]);
  await expectFound(one, { firstName: "Grace" });
  assert.equal((await stored(one)).email, `new-${count}@example.org`);
});

test("reading a user does not read the search terms by default", async () => {
  const { id, email } = await account();
  await (await User.findById(id).orFail()).confirmEmail(email);
  const user = await User.findByEmail(email);
  assert.equal(user?.get("search"), undefined);
  assert.equal((await User.findById(id))?.get("search"), undefined);
});

const fillAll = () => repeatUntilDone(User.fillSearch);

test("accounts without search terms get them, even after a rename, and a second run changes nothing", async () => {
  const accounts = [await account(), await account(), await account()];
  const [first, second] = accounts as [User, User];
  const ids = accounts.map(({ _id }) => _id);
  await User.collection.updateMany({ _id: { $in: ids } }, { $unset: { search: 1 } });
  await User.collection.updateOne({ _id: second._id }, { $set: { profile: { firstName: "Zoë", lastName: "" } } });
  await first.rename("later");
  assert.equal((await stored(first)).search, undefined, "incomplete search terms would be taken for complete ones");
  await Promise.all([fillAll(), fillAll()]);
  await expectFound(first);
  await expectFound(second, { firstName: "Zoë", lastName: "" });
  const before = await User.collection.find({}, { projection: { search: 1 } }).toArray();
  await fillAll();
  assert.deepEqual(await User.collection.find({}, { projection: { search: 1 } }).toArray(), before);
  assert.equal(await User.fillSearch(), 0);
});

test("one sweep adds search terms to many accounts, including those with terms of an earlier version", async () => {
  const old = (n: number) => ({
    username: `old-${n}`,
    email: `old-${n}@example.org`,
    emailConfirmedAt: new Date(),
    ...(n % 2 && { search: { username: ["o", "ol", "old"], email: ["o"], all: ["o", "ol", "old"] } }),
  });
  await User.collection.insertMany(Array.from({ length: 1_234 }, (_, n) => old(n)) as never);
  await fillAll();
  assert.equal(
    await User.collection.countDocuments({ "search.long": "old-1233" }),
    0,
    "the email begins with the username, so only the longer term is stored",
  );
  assert.equal(await User.collection.countDocuments({ "search.long": /^old-1233/ }), 1);
  assert.equal(await User.collection.countDocuments({ "search.short": null } as never), 0);
  assert.equal(await User.collection.countDocuments({ "search.all": { $exists: true } }), 0);
});
