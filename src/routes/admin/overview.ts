import { Router } from "express";
import { getActor } from "../../actor.js";
import type { UserState } from "../../definitions/user-filters.js";
import { stateWords } from "../../definitions/user-labels.js";
import { createBars } from "../../lib/bar-chart.js";
import { type CountedEvent, type DayCounts, readLastDays } from "../../models/daily-count.js";
import { countProtected, SHARE_OF } from "../../models/user/search/factor-share.js";
import { countUsers, type Total } from "../../models/user/search/list.js";
import { can } from "../../policies/permissions.js";
import { readLog } from "../../services/admin/audit-log.js";

export const adminOverview = Router();

const DAYS = 30;
const NEWEST = 8;

adminOverview.get("/", async (req, res) => {
  const [days, people, share, newest] = await Promise.all([
    readLastDays(DAYS),
    Promise.all(groups.map(counted)),
    countProtected(),
    can(getActor(req), "audit.read") ? readLog({}, undefined, NEWEST) : null,
  ]);
  res.render("admin/overview", {
    charts: kinds.map((kind) => createChart(kind, days)),
    days,
    people: [...people, presentShare(share)],
    newest: newest?.lines,
  });
});

type Group = { text: string; to: string; state?: UserState };
const states = ["unconfirmed", "disabled", "deleting"] as const;
const groups: Group[] = [
  { text: "Users", to: "/admin/users" },
  ...states.map((state) => ({ text: stateWords[state], to: `/admin/users?state=${state}`, state })),
];

async function counted({ text, to, state }: Group) {
  return { text, to, total: formatTotal(await countUsers({ words: [], sort: "newest", ...(state && { state }) })) };
}

/** Presents the share of users with a second factor. */
function presentShare({ users, withFactor }: Awaited<ReturnType<typeof countProtected>>) {
  const whom = users < SHARE_OF ? "" : `, of the last ${SHARE_OF.toLocaleString("en")} to log in`;
  const total = `${users === 0 ? 0 : Math.round((withFactor / users) * 100)} %`;
  return { text: `With a second factor${whom}`, to: "/admin/users?sort=seen", total };
}

const formatTotal = ({ number, orMore }: Total) => `${number.toLocaleString("en")}${orMore ? "+" : ""}`;

type Kind = { of: CountedEvent; title: string };
const kinds: Kind[] = [
  { of: "signUps", title: "Sign-ups" },
  { of: "signIns", title: "Logins" },
  { of: "failures", title: "Failed logins" },
];

/** Returns the bars of a chart and the numbers in its summary. */
function createChart({ of, title }: Kind, days: DayCounts[]) {
  const values = days.map((day) => day[of]);
  return {
    of,
    title,
    total: values.reduce((sum, value) => sum + value, 0),
    most: Math.max(...values),
    ...createBars(values),
  };
}
