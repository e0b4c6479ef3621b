import { type Response, Router } from "express";
import { auditLogQuery } from "../../forms/admin/audit-log.js";
import type { Form } from "../../forms/form.js";
import { eventNames } from "../../services/account/activity.js";
import { findInLog, formatEventName, type LogLine } from "../../services/admin/audit-log.js";
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
  const found = await findInLog(asked, before);
  if (found === "not-found") return refuse(res, filters.reject(asked, unknown));
  const { lines, older } = found;
  const address = createListUrl(asked);
  res.render("admin/audit-log", {
    ...page(filters.blank(asked), lines),
    isFiltered: Object.values(asked).some((value) => value !== ""),
    newest: before === undefined ? null : address(),
    older: older && address(older),
  });
});

/** Returns a function that builds the address of the same list from a given place on. */
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
