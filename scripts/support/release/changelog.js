// @ts-check
/**
 * Adds a date to the section of a release: the section with its version, or the entries under "Unreleased".
 * @param {string} changelog in the format of keepachangelog.com
 * @param {{ version: string, date: string }} release
 * @returns {string} the changelog with the dated section, and an empty "Unreleased" section above it
 * @throws if the section is missing or empty, or if both sections have entries
 */
export function dateSection(changelog, { version, date }) {
  const sections = changelog.split(/^(?=## )/m);
  const own = sections.findIndex((section) => section.startsWith(`## [${version}]`));
  const unreleased = sections.findIndex((section) => section.startsWith("## [Unreleased]"));
  if (own === -1 && isEmpty(sections[unreleased])) {
    throw new Error(`CHANGELOG.md has no section [${version}], and "Unreleased" is empty.`);
  }
  if (own !== -1 && isEmpty(sections[own])) throw new Error(`CHANGELOG.md has nothing in the section [${version}].`);
  if (own !== -1 && !isEmpty(sections[unreleased])) {
    throw new Error(`CHANGELOG.md has entries under "Unreleased": move them to the section [${version}].`);
  }
  const dated = own === -1 ? unreleased : own;
  const heading = `${own === -1 ? "## [Unreleased]\n\n" : ""}## [${version}] - ${date}\n`;
  return sections.map((section, place) => (place === dated ? section.replace(/^.*\n/, heading) : section)).join("");
}

/** @param {string | undefined} section */
const isEmpty = (section = "") => !/^[^#\s]/m.test(section);
