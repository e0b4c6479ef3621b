import { findIndexDifferences } from "../../../models/database-state.js";
import { type DoctorCheck, type Finding, fail, pass, warn } from "./finding.js";

const MOST_NAMED = 5;

/** Compares the indexes in the database with those that the app declares. */
export const checkIndexes: DoctorCheck = async () => {
  const { missing, unknown } = await findIndexDifferences();
  const more = missing.length > MOST_NAMED ? `, and ${missing.length - MOST_NAMED} more` : "";
  const findings: Finding[] = [];
  if (missing.length > 0)
    findings.push(
      fail(
        `Missing: ${missing.slice(0, MOST_NAMED).join(", ")}${more}`,
        "Pages are slow without an index, and without a unique one two accounts can have the same username.",
        "Restart the app: the start creates missing indexes, or says why it cannot.",
      ),
    );
  for (const { name, isUnique } of unknown) findings.push(describeUnknown(name, isUnique));
  return findings.length > 0 ? findings : [pass("All indexes exist, and there are no others")];
};

function describeUnknown(name: string, isUnique: boolean): Finding {
  const [collection, ...rest] = name.split(".");
  const remedy = `If you did not create it for your own queries, drop it: db.${collection}.dropIndex("${rest.join(".")}")`;
  return warn(
    `Unknown${isUnique ? " and unique" : ""}: ${name}`,
    isUnique
      ? "A unique index of an older version, or of another program, can refuse valid data."
      : "Each index takes space and slows down every write.",
    remedy,
  );
}
