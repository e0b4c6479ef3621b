import { SKEW_MS } from "../../../lib/clock.js";
import { readDatabaseTime } from "../../../models/database-state.js";
import { type DoctorCheck, fail, pass, warn } from "./finding.js";

const NOTICEABLE_MS = 10_000;
const SYNCHRONIZE =
  "Synchronize the clocks of both machines by NTP (timedatectl set-ntp true), and check both with `date -u`.";

/** Compares the clock of this machine with that of the database. */
export const checkClock: DoctorCheck = async () => {
  const before = Date.now();
  const theirs = await readDatabaseTime();
  const after = Date.now();
  // The database read its clock at some time between both.
  const offsetMs = theirs > after ? theirs - after : Math.max(0, before - theirs);
  const seconds = Math.round(offsetMs / 1_000);
  const what = `The clock of this machine is ${seconds} seconds ${theirs > after ? "behind" : "ahead of"} the database's`;
  if (offsetMs > SKEW_MS)
    return [fail(what, "Links, sessions and lockouts end too early or too late, and limits are ignored.", SYNCHRONIZE)];
  if (offsetMs > NOTICEABLE_MS)
    return [warn(what, "Codes of authenticator apps are refused when a clock is off by half a minute.", SYNCHRONIZE)];
  return [pass("The clock agrees with the database's")];
};
