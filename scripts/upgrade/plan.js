// @ts-check
import { git, listLines, Misuse, tryGit } from "./git.js";
import { readNotes } from "./notes.js";

/**
 * What an upgrade does: the version that the site has, the release, the number of its commits, the upgrade notes, and the
 * files that the site and the release both changed.
 * @typedef {{ from: string, release: string, commits: number, notes: string, both: string[] }} Plan
 */

/** The tags of upstream have a place of their own, because a site may have the same names for its own versions. */
const TAGS = "refs/upstream/tags/";

/** Returns the name of a release for git. @param {string} release */
export const toRef = (release) => `${TAGS}${release}`;

/**
 * Fetches the releases, and finds out what an upgrade to one of them would do.
 * @param {string | null} wanted by default, the newest
 * @param {{ mustBeClean: boolean }} options
 * @returns {Plan}
 * @throws {Misuse} if the project cannot be upgraded, with what to do
 */
export function planUpgrade(wanted, { mustBeClean }) {
  assertReady(mustBeClean);
  const { succeeded, output } = tryGit("fetch", "--quiet", "--no-tags", "upstream", `+refs/tags/v*:${TAGS}v*`);
  if (!succeeded) throw new Error(`The releases cannot be fetched from the remote "upstream": ${output.trim()}`);
  const releases = listLines("for-each-ref", "--sort=-version:refname", "--format=%(refname)", TAGS)
    .map((ref) => ref.slice(TAGS.length))
    .filter((name) => /^v\d+\.\d+\.\d+$/.test(name));
  const release = wanted ?? releases[0];
  if (!release) throw new Misuse('The remote "upstream" has no releases.');
  if (!releases.includes(release)) throw new Misuse(`There is no release ${release}. The newest is ${releases[0]}.`);
  const target = toRef(release);
  const { succeeded: isRelated, output: found } = tryGit("merge-base", "HEAD", target);
  if (!isRelated) throw new Misuse(`This project has no history in common with ${release}. See docs/adopting.md.`);
  const base = found.trim();
  const changed = listLines("diff", "--name-only", "--no-renames", base, "HEAD");
  return {
    from: JSON.parse(git("show", `${base}:package.json`)).version,
    release,
    commits: Number(git("rev-list", "--count", `HEAD..${target}`)),
    notes: readNotes(git("show", `${target}:CHANGELOG.md`), git("show", `${base}:CHANGELOG.md`)),
    both: listLines("diff", "--name-only", "--no-renames", base, target).filter((file) => changed.includes(file)),
  };
}

/** @param {boolean} mustBeClean */
function assertReady(mustBeClean) {
  if (!tryGit("rev-parse", "--git-dir").succeeded) throw new Misuse("This folder is not a git repository.");
  if (tryGit("rev-parse", "--quiet", "--verify", "MERGE_HEAD").succeeded)
    throw new Misuse("A merge is not finished. Commit it, or go back with git merge --abort.");
  if (mustBeClean && !tryGit("symbolic-ref", "--quiet", "HEAD").succeeded)
    throw new Misuse("No branch is checked out, so the merge would be lost. Check one out first: git switch BRANCH");
  const [file] = mustBeClean ? listLines("status", "--porcelain", "--untracked-files=no") : [];
  if (file) throw new Misuse(`There are uncommitted changes, such as ${file.slice(3)}. Commit them first.`);
  if (!tryGit("remote", "get-url", "upstream").succeeded)
    throw new Misuse("There is no remote called upstream: git remote add upstream ADDRESS");
}

/** @param {Plan} plan @param {"current" | "planned" | "upgraded"} state */
export function formatPlan({ from, release, commits, notes, both }, state) {
  if (state === "current") return `This site has ${release} already.`;
  const head =
    state === "planned"
      ? `From ${from} to ${release}: ${commits} commits. Nothing was changed; npm run upgrade ${release} merges them.`
      : `Upgraded from ${from} to ${release}. Run npm run check, and look at the upgrade notes.`;
  const files = both.length > 0 ? `Both sides changed:\n${both.map((file) => `  ${file}`).join("\n")}` : "";
  return [head, files, notes].filter(Boolean).join("\n\n");
}
