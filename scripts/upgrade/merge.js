// @ts-check
import { devNull } from "node:os";
import { runNpm } from "../support/packages.js";
import { git, listLines, tryGit } from "./git.js";
import { toRef } from "./plan.js";

const LOCK = "package-lock.json";

/**
 * Merges a release into the current branch, as one commit. The lock file is rebuilt if both sides changed it: a merge of
 * its lines is not reliable.
 * @param {import("./plan.js").Plan} plan
 * @param {(line: string) => void} say
 * @throws if other files conflict; the merge stays open, with what to do in the message
 */
export async function merge({ release, both }, say) {
  say(`Merging ${release}…`);
  // The README of a site stays its own (.gitattributes).
  const keepOwn = ["-c", "merge.keep-own.name=keep the site's", "-c", "merge.keep-own.driver=true"];
  const { succeeded, output } = tryGit(...keepOwn, "merge", "--no-ff", "--no-commit", toRef(release));
  const conflicts = listLines("diff", "--name-only", "--diff-filter=U");
  const others = conflicts.filter((file) => file !== LOCK);
  if (!succeeded && conflicts.length === 0) throw new Error(`git cannot merge ${release}: ${output.trim()}`);
  if (others.length > 0) throw new Error(adviseOn(others, release));
  if (both.includes(LOCK)) await rebuildLock(say);
  const title = `all: upgrade to Postern ${release}`;
  // The hooks would run the linter of the version before on the files of the release. The checks follow.
  const { succeeded: isCommitted, output: why } = tryGit(...withoutHooks, "commit", "--quiet", "--message", title);
  if (!isCommitted) throw new Error(`The merge cannot be committed: ${why.trim()}\nTo go back: git merge --abort`);
}

const withoutHooks = ["-c", `core.hooksPath=${devNull}`];

/** @param {string[]} files @param {string} release */
const adviseOn = (files, release) => `${release} and this site changed the same lines of:
${files.map((file) => `  ${file}`).join("\n")}

To go on: edit each of them, git add it, then
  npm install --package-lock-only && git add ${LOCK} && git commit --no-edit
  npm run build && npm run migrate && npm run check
To go back: git merge --abort`;

/** Starts from the release's lock file, and adds what the site's package.json asks for. @param {(line: string) => void} say */
async function rebuildLock(say) {
  say(`Rebuilding ${LOCK}…`);
  git("checkout", "MERGE_HEAD", "--", LOCK);
  if (!(await runNpm(["install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"])))
    throw new Error(`${LOCK} could not be rebuilt: see npm's error above. To go back: git merge --abort`);
  git("add", LOCK);
}
