import { type Response, Router } from "express";
import { auditLogForm } from "../../forms/admin/audit-log.js";
import { beforeId } from "../../forms/fields.js";
import type { Form } from "../../forms/form.js";
import { eventNames } from "../../services/activity.js";
import { idOfPerson, type LogLine, readLog, wordsOf } from "../../services/audit-log.js";
import { sendBack } from "../../web/problems.js";

export const auditLog = Router();

const filters = auditLogForm(eventNames);
const names = ["person", "event", "from", "to"] as const;
const events = eventNames.map((value) => ({ value, text: wordsOf(value) })).sort((a, b) => (a.text < b.text ? -1 : 1));
const unknown = { person: "Nobody has this name or id." };

auditLog.get("/", async (req, res) => {
  const asked = Object.fromEntries(names.flatMap((name) => (name in req.query ? [[name, req.query[name]]] : [])));
  const input = filters.parse(asked);
  if (!input.ok) return refuse(res, input.form);
  const { person: who, event, from, to } = input.data;
  const person = who ? await idOfPerson(who) : undefined;
  if (person === null) return refuse(res, filters.reject(asked, unknown));
  const days = { ...(from && { from: midnight(from) }), ...(to && { to: midnight(to) }) };
  const before = beforeId.parse(req.query.before);
  const { lines, older } = await readLog({ ...(person && { person }), ...(event && { event }), ...days }, before);
  const address = addressOf(input.data);
  res.render("admin/audit-log", {
    ...page(filters.blank(input.data), lines),
    isFiltered: names.some((name) => input.data[name] !== ""),
    newest: before === undefined ? null : address(),
    older: older && address(older),
  });
});

const midnight = (day: string) => new Date(`${day}T00:00:00Z`);

/** The address of the same list, from some place on. */
const addressOf = (asked: Record<string, string>) => (before?: string) => {
  const given = Object.entries({ ...asked, ...(before && { before }) }).filter(([, value]) => value !== "");
  return given.length > 0 ? `/admin/audit-log?${new URLSearchParams(given)}` : "/admin/audit-log";
};

const page = (form: Form, lines: LogLine[]) => ({ form, lines, events });

const refuse = (res: Response, form: Form) =>
  sendBack(res.status(422), "admin/audit-log", { ...page(form, []), isFiltered: true, newest: null, older: null });
