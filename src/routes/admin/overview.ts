import { Router } from "express";
import { actorOf } from "../../actor.js";
import type { State } from "../../definitions/user-filters.js";
import { stateWords } from "../../definitions/user-labels.js";
import { barsOf } from "../../lib/bar-chart.js";
import { type Counted, type DayCounts, lastDays } from "../../models/daily-count.js";
import { countPeople, type Total } from "../../models/user/search/list.js";
import { can } from "../../policies/permissions.js";
import { readLog } from "../../services/admin/audit-log.js";

export const overview = Router();

const DAYS = 30;
const NEWEST = 8;

overview.get("/", async (req, res) => {
  const [days, people, newest] = await Promise.all([
    lastDays(DAYS),
    Promise.all(groups.map(counted)),
    can(actorOf(req), "audit.read") ? readLog({}, undefined, NEWEST) : null,
  ]);
  res.render("admin/overview", {
    charts: kinds.map((kind) => chartOf(kind, days)),
    days,
    people,
    newest: newest?.lines,
  });
});

type Group = { text: string; to: string; state?: State };
const states = ["unconfirmed", "disabled", "deleting"] as const;
const groups: Group[] = [
  { text: "All people", to: "/admin/users" },
  ...states.map((state) => ({ text: stateWords[state], to: `/admin/users?state=${state}`, state })),
];

async function counted({ text, to, state }: Group) {
  return { text, to, total: inFigures(await countPeople({ words: [], sort: "newest", ...(state && { state }) })) };
}

const inFigures = ({ number, orMore }: Total) => `${number.toLocaleString("en")}${orMore ? "+" : ""}`;

type Kind = { of: Counted; title: string };
const kinds: Kind[] = [
  { of: "signUps", title: "Sign-ups" },
  { of: "signIns", title: "Sign-ins" },
  { of: "failures", title: "Failed sign-ins" },
];

/** Everything that is drawn, and the same in a sentence. */
function chartOf({ of, title }: Kind, days: DayCounts[]) {
  const values = days.map((day) => day[of]);
  return {
    of,
    title,
    total: values.reduce((sum, value) => sum + value, 0),
    most: Math.max(...values),
    ...barsOf(values),
  };
}
