import { after } from "node:test";
import { ensureIndexes } from "../../../src/database/indexes.js";
import { openDatabase } from "../../../src/database/open.js";
import { sharing } from "../environment.js";
import { emptyDatabase } from "./empty.js";
import { silent, temporaryDirectory, temporaryEngine } from "./engine.js";

// The database of a test file that needs no app. Import it after the models, because it creates their indexes.

const { uri } = await temporaryEngine();
const address = `${uri}&monitorCommands=true`;
const database = await openDatabase({ uri: address, dataDir: temporaryDirectory(), log: silent });

/** Creates the indexes of models that were imported later: by the next file of a batch. */
export const prepare = ensureIndexes;

/** Empties the database. */
export const empty = emptyDatabase;

/** Closes the database. */
export const close = () => database.close();

if (!sharing.isShared) after(close);
