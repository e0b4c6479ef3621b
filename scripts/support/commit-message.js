// @ts-check
// Checks a commit message (CONTRIBUTING): `area: verb object` with at most 72 characters, a blank line, then the
// reason.
import { readFileSync } from "node:fs";

const LONGEST = 72;

/** @param {string} message @returns {string | null} what is wrong with the message */
function findFault(message) {
  const [subject = "", second = ""] = message.split("\n").filter((line) => !line.startsWith("#"));
  if (/^(Merge|Revert|fixup!|squash!) /.test(subject)) return null;
  if (subject.length > LONGEST) return `The first line has ${subject.length} characters; at most ${LONGEST} fit.`;
  if (!/^[a-z0-9][a-z0-9 /-]*: \S.*[^.\s]$/.test(subject)) {
    return 'The first line is not "area: verb object", such as "avatar: fix race between two uploads".';
  }
  return second === "" ? null : "The second line is not empty.";
}

const fault = findFault(readFileSync(process.argv[2] ?? "", "utf8"));
if (fault) {
  console.error(fault);
  process.exitCode = 1;
}
