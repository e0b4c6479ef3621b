import { type Response, Router } from "express";
import { auditLogQuery } from "../../forms/admin/audit-log.js";
import type { Form } from "../../forms/form.js";
import { eventNames } from "../../services/account/activity.js";
import { findUserId, formatEventName, type LogLine, readLog } from "../../services/admin/audit-log.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";
import { parseQuery } from "../../web/pages/query.js";

export const adminAuditLog = Router();

const filters = auditLogQuery(eventNames);
const events = eventNames
  .map((value) => ({ value, text: formatEventName(value) }))
  .sort((a, b) => (a.text < b.text ? -1 : 1));
const unknown = { person: "No user with this name or ID." };

adminAuditLog.get("/", async (req, res) => {
  const input = parseQuery(req, filters);
  if (!input.ok) return refuse(res, input.form);
  const { before, ...asked } = input.data;
  const { person: who, event, from, to } = asked;
  const person = who ? await findUserId(who) : undefined;
  if (person === null) return refuse(res, filters.reject(asked, unknown));
  const days = { ...(from && { from: midnight(from) }), ...(to && { to: midnight(to) }) };
  const { lines, older } = await readLog({ ...(person && { person }), ...(event && { event }), ...days }, before);
  const address = createListUrl(asked);
  res.render("admin/audit-log", {
    ...page(filters.blank(asked), lines),
    isFiltered: Object.values(asked).some((value) => value !== ""),
    newest: before === undefined ? null : address(),
    older: older && address(older),
  });
});

const midnight = (day: string) => new Date(`${day}T00:00:00Z`);

/** Returns a function that builds the URL of the same list, starting at a given position. */
const createListUrl = (asked: Record<string, string>) => (before?: string) => {
  const given = Object.entries({ ...asked, ...(before && { before }) }).filter(([, value]) => value !== "");
  return given.length > 0 ? `/admin/audit-log?${new URLSearchParams(given)}` : "/admin/audit-log";
};

const page = (form: Form, lines: LogLine[]) => ({ form, lines, events });

const refuse = (res: Response, form: Form) =>
  renderFormErrors(res.status(422), "admin/audit-log", {
    ...page(form, []),
    isFiltered: true,
    newest: null,
    older: null,
  });
