import { findOldestDue } from "../../../jobs/lag.js";
import { listJobsOfOthers } from "../backup/scheduled.js";
import { type DoctorCheck, fail, pass, warn } from "./finding.js";

const MINUTE_MS = 60_000;
const WARN_MINUTES = 5;
const FAIL_MINUTES = 60;
const WHY = "Emails, exports and pictures of users wait, and expired data is not deleted.";
const REMEDY =
  "Check that the app runs, and look for job.failed and job.given-up in its log. If it has too much work, start another process.";

/** Checks how long the oldest due job has waited. */
export const checkQueue: DoctorCheck = async ({ smtpUrl, production }) => {
  const isMailHeld = production && !smtpUrl; // smtp.ts reports it
  const oldest = await findOldestDue([...(isMailHeld ? ["send-mail"] : []), ...listJobsOfOthers()]);
  if (!oldest) return [pass("No job is late")];
  const minutes = Math.floor((Date.now() - oldest.dueAt.getTime()) / MINUTE_MS);
  const what = `The job ${oldest.name} has been due for ${minutes} minutes`;
  if (minutes >= FAIL_MINUTES) return [fail(what, WHY, REMEDY)];
  if (minutes >= WARN_MINUTES) return [warn(what, WHY, REMEDY)];
  return [pass("No job is late")];
};
