import { Router } from "express";
import { auditEventEndpoints as calls } from "../../forms/api/audit-events.js";
import { eventNames } from "../../services/account/activity.js";
import { findInLog, type LogLine } from "../../services/admin/audit-log.js";
import { Unprocessable } from "../../web/api/errors.js";
import { presentCursorPage } from "../../web/api/pagination.js";
import { serveEndpoint } from "./endpoint.js";

export const apiAuditEvents = Router();

serveEndpoint(apiAuditEvents, calls.list, async ({ query, req }) => {
  const { user: person, event, from, to, cursor, limit } = query;
  if (event !== undefined && !eventNames.some((name) => name === event))
    throw new Unprocessable([{ parameter: "event", detail: `Choose from: ${eventNames.join(", ")}.` }]);
  const found = await findInLog({ person, event, from, to }, cursor, limit);
  if (found === "not-found")
    throw new Unprocessable([{ parameter: "user", detail: "No user with this username or ID." }]);
  return presentCursorPage(req, query, { data: found.lines.map(presentEvent), next: found.older });
});

const presentEvent = ({ id, event, words, at, whom, by, ip, agent, device, request, stored }: LogLine) => ({
  id,
  event,
  description: words,
  at: at.toISOString(),
  user: whom,
  actor: by,
  ip,
  userAgent: agent,
  device,
  requestId: request,
  details: stored,
});
