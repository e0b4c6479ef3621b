// @ts-check
import { before, imports } from "./edits.js";
import { toNames } from "./names.js";
import { conflictNote } from "./site.js";

/**
 * Plans a collection of documents that belong to users. @param {string} given @param {boolean} isSite @returns
 * {Promise<import("../new.js").Plan>}
 */
export async function planModel(given, isSite) {
  const { default: mongoose } = await import("mongoose");
  const plural = mongoose.pluralize() ?? String;
  const { name, pascal } = toNames(given);
  const many = toNames(plural(name));
  return {
    exports: [pascal],
    files: {
      [`src/models/${name}.ts`]: model(pascal, many.title),
      [`test/models/${name}.test.ts`]: testOf(name, pascal, many.noun),
    },
    edits: [
      ...deleteWithUser(name, pascal),
      ...exportWithUser(name, pascal, many),
      ...backUp(name, pascal),
      {
        file: "docs/architecture.md",
        at: before("| `limits` |"),
        add: `| \`${plural(pascal)}\` | ${many.noun}: \`user\`, \`text\`, \`createdAt\` | services | with its user |\n`,
        unless: `| \`${plural(pascal)}\` |`,
      },
    ],
    next: [
      `Name the fields in src/models/${name}.ts and docs/architecture.md.`,
      "The user's data export contains them: see src/services/account/export/export-content.ts.",
      "Every query needs an index. A collection with an expiry date also needs a row in src/models/cleanup.ts.",
      ...(isSite ? [conflictNote] : []),
    ],
  };
}

/** @param {string} name @param {string} pascal @returns {import("./edits.js").Edit[]} */
function deleteWithUser(name, pascal) {
  const file = "src/services/account/deletion.ts";
  return [
    { file, at: imports, add: importOf(name, pascal) },
    { file, at: before("  await tell();\n"), add: `  await ${pascal}.forget(user._id);\n` },
  ];
}

/** @param {string} name @param {string} pascal @param {ReturnType<typeof toNames>} many @returns {import("./edits.js").Edit[]} */
function exportWithUser(name, pascal, many) {
  const file = "src/services/account/export/export-content.ts";
  const row = `    ${many.camel}: export${many.pascal}(user),\n`;
  const exporter = `async function* export${many.pascal}(user: User) {
  for await (const { text, createdAt } of ${pascal}.streamForUser(user.id)) yield { text, createdAt };
}

`;
  const key = `"${many.camel}"`;
  return [
    { file, at: imports, add: importOf(name, pascal, "../../../models") },
    { file, at: before("    activity: exportActivity(user),\n"), add: row, unless: `    ${many.camel}:` },
    { file, at: before("async function* exportPosts("), add: exporter },
    { file: "test/routes/account/export.test.ts", at: before('"activity"'), add: `${key}, `, unless: key },
  ];
}

/** A document is read before its user, to whom it refers. @param {string} name @param {string} pascal */
function backUp(name, pascal) {
  const file = "src/models/backup/collections.ts";
  return [
    { file, at: imports, add: importOf(name, pascal, "..") },
    { file, at: before("  getName(User),\n"), add: `  getName(${pascal}),\n` },
  ];
}

const importOf = (/** @type {string} */ name, /** @type {string} */ pascal, models = "../../models") =>
  `import { ${pascal} } from "${models}/${name}.js";\n`;

/** @param {string} pascal @param {string} title */
const model = (pascal, title) => `import { type InferSchemaType, model, Schema, Types } from "mongoose";

/** Maximum number of documents in a list. */
const MOST_LISTED = 100;

const schema = new Schema(
  {
    user: { type: Schema.Types.ObjectId, required: true },
    text: { type: String, required: true },
    createdAt: { type: Date, required: true },
  },
  { versionKey: false },
);
schema.index({ user: 1, _id: -1 });

const documents = model("${pascal}", schema);

type Fields = InferSchemaType<typeof schema> & { _id: Types.ObjectId };

/** ${title}. Each one belongs to a user, and is deleted with the account. */
export const ${pascal} = Object.assign(documents, {
  /** Stores a text for a user. Returns its id. */
  async add(user: string, text: string): Promise<string> {
    const { id } = await documents.create({ user: new Types.ObjectId(user), text, createdAt: new Date() });
    return id;
  },

  /** Lists the user's documents, newest first. */
  async listForUser(user: string): Promise<Fields[]> {
    const own = { user: new Types.ObjectId(user) };
    return documents.find(own).sort({ _id: -1 }).limit(MOST_LISTED).lean<Fields[]>();
  },

  /** Iterates over all documents of a user, newest first, for the export. */
  streamForUser(user: string): AsyncIterable<Fields> {
    const own = { user: new Types.ObjectId(user) };
    return documents.collection.find<Fields>(own, { batchSize: 200 }).sort({ user: 1, _id: -1 });
  },

  /** Deletes a document. Returns false if it does not exist, or belongs to another user. */
  async drop(id: string, user: string): Promise<boolean> {
    const own = { _id: new Types.ObjectId(id), user: new Types.ObjectId(user) };
    return (await documents.deleteOne(own)).deletedCount === 1;
  },

  /** Deletes all documents of a user. */
  async forget(user: Types.ObjectId): Promise<void> {
    await documents.deleteMany({ user });
  },
});
`;

/** @param {string} name @param {string} pascal @param {string} noun */
const testOf = (name, pascal, noun) => `import "../support/environment.js";
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Types } from "mongoose";
import { openDatabase } from "../../src/database/open.js";
import { ${pascal} } from "../../src/models/${name}.js";
import { silent, temporaryDirectory, temporaryEngine } from "../support/database/engine.js";
import { explained } from "../support/database/explained.js";

const { uri } = await temporaryEngine();
const database = await openDatabase({ uri: \`\${uri}&monitorCommands=true\`, dataDir: temporaryDirectory(), log: silent });
after(() => database.close());

const newUser = () => String(new Types.ObjectId());
const readTexts = async (user: string) => (await ${pascal}.listForUser(user)).map(({ text }) => text);

test("${noun}: a list contains only the documents of its user, newest first", async () => {
  const [ada, bob] = [newUser(), newUser()];
  for (const text of ["one", "two"]) await ${pascal}.add(ada, text);
  await ${pascal}.add(bob, "of Bob");
  assert.deepEqual(await readTexts(ada), ["two", "one"]);
  assert.deepEqual(await readTexts(bob), ["of Bob"]);
});

test("${noun}: only its user can delete a document, and only once", async () => {
  const [ada, eve] = [newUser(), newUser()];
  const id = await ${pascal}.add(ada, "kept");
  assert.equal(await ${pascal}.drop(id, eve), false);
  assert.deepEqual(await readTexts(ada), ["kept"]);
  assert.deepEqual([await ${pascal}.drop(id, ada), await ${pascal}.drop(id, ada)], [true, false]);
});

test("${noun}: deleting the documents of a user does not affect other users", async () => {
  const [ada, bob] = [newUser(), newUser()];
  for (const user of [ada, bob]) await ${pascal}.add(user, "text");
  await ${pascal}.forget(new Types.ObjectId(ada));
  assert.deepEqual([await readTexts(ada), await readTexts(bob)], [[], ["text"]]);
});

test("${noun}: a list and an export read only the user's documents", async () => {
  const [ada, bob] = [newUser(), newUser()];
  await ${pascal}.add(ada, "text");
  for (let n = 0; n < 20; n += 1) await ${pascal}.add(bob, "text");
  const exported = async () => {
    for await (const { text } of ${pascal}.streamForUser(ada)) assert.equal(text, "text");
  };
  for (const read of [() => ${pascal}.listForUser(ada), exported]) {
    const [plan] = await explained(read);
    assert.ok(plan && plan.examined <= 1 && !plan.stages.has("SORT"), plan?.command);
  }
});
`;
