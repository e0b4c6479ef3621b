// @ts-check
/**
 * A text that is inserted into a file; a function gets the file's text. `at` finds the place, and throws if the file has none.
 * The file must not contain the text `unless` yet. If it has what `has` matches, nothing is added.
 * @typedef {{ file: string, add: string | ((text: string) => string), at: (text: string) => number, unless?: string, has?: RegExp
 * }} Edit
 */

/**
 * Returns the new texts of all files that the edits change. Writes nothing.
 * @param {Edit[]} edits
 * @param {(file: string) => string} read
 * @throws Error with the name of the file, and what it lacks or already has
 */
export function applyEdits(edits, read) {
  /** @type {Record<string, string>} */
  const changed = {};
  for (const { file, add, at, unless, has } of edits) {
    const text = changed[file] ?? read(file);
    if (unless && text.includes(unless)) throw new Error(`${file} already has ${unless}`);
    if (has?.test(text)) continue;
    const added = typeof add === "string" ? add : add(text);
    const place = findPlace(file, text, at, added);
    changed[file] = text.slice(0, place) + added + text.slice(place);
  }
  return changed;
}

/** @param {string} file @param {string} text @param {Edit["at"]} at @param {string} add */
function findPlace(file, text, at, add) {
  try {
    return at(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new Error(`${file} ${reason}, so there is no place for: ${add.trim().split("\n", 1)}`);
  }
}

/** Returns the only position of an anchor. @param {string} text @param {string} anchor */
function findOnly(text, anchor) {
  const place = text.indexOf(anchor);
  if (place < 0) throw new Error(`has no "${anchor.trim()}"`);
  if (text.indexOf(anchor, place + 1) >= 0) throw new Error(`has "${anchor.trim()}" more than once`);
  return place;
}

/** Finds a table by its opening text. Returns the positions of its first row, and after its last row. */
function findTable(/** @type {string} */ text, /** @type {string} */ opening) {
  const first = text.indexOf("\n", findOnly(text, opening)) + 1;
  const length = text.slice(first).search(/^[\]}]/m);
  if (first === 0 || length < 0) throw new Error(`has no end of "${opening}"`);
  return { first, end: first + length };
}

/** @param {string} anchor @returns {Edit["at"]} */
export const before = (anchor) => (text) => findOnly(text, anchor);

/** @param {string} anchor @returns {Edit["at"]} */
export const after = (anchor) => (text) => findOnly(text, anchor) + anchor.length;

/** Finds the end of a table. @param {string} opening @returns {Edit["at"]} */
export const endOf = (opening) => (text) => findTable(text, opening).end;

/** Finds the place for a key in a sorted table. @param {string} opening @param {string} key @returns {Edit["at"]} */
export const sortedIn = (opening, key) => (text) => {
  const { first, end } = findTable(text, opening);
  let place = first;
  for (const row of text.slice(first, end).split(/(?<=\n)/)) {
    const other = /^\s*"?([\w-]+)"?:/.exec(row)?.[1];
    if (other === key) throw new Error(`already has a row for "${key}"`);
    if (other && other > key) return place;
    place += row.length;
  }
  return end;
};

/** Finds a place for an import. The formatter sorts imports later. @type {Edit["at"]} */
export const imports = (text) => {
  const place = text.search(/^import /m);
  if (place < 0) throw new Error("has no import");
  return place;
};

/** @type {Edit["at"]} */
export const endOfFile = (text) => {
  if (text === "") throw new Error("is missing");
  return text.length;
};
