// @ts-check

/**
 * Returns the sections of the releases that a changelog has and an older one does not.
 * @param {string} changelog in the format of keepachangelog.com
 * @param {string} older
 */
export function readNotes(changelog, older) {
  const known = new Set(listSections(older).map(({ name }) => name));
  return listSections(changelog)
    .filter(({ name }) => name !== "Unreleased" && !known.has(name))
    .map(({ text }) => text.trim())
    .join("\n\n");
}

/** @param {string} changelog */
const listSections = (changelog) =>
  changelog
    .split(/^(?=## )/m)
    .slice(1)
    .map((text) => ({ name: /^## \[?([^\]\s]+)/.exec(text)?.[1] ?? "", text }));
