import { Readable } from "node:stream";
import { Router } from "express";
import { getActor } from "../../../actor.js";
import { usersExportQuery } from "../../../forms/admin/users.js";
import { createCsv } from "../../../lib/files/csv.js";
import { columns, exportUsers } from "../../../services/admin/users-export.js";
import { parseQuery } from "../../../web/pages/query.js";
import { formatQuery } from "../../../web/present/users.js";
import { rateLimits } from "../../../web/rate-limits.js";
import { sendStream } from "../../../web/server/send-stream.js";
import { refuseUsersQuery, toUserQuestion } from "./list.js";

export const adminUsersExport = Router();

adminUsersExport.get("/export.csv", rateLimits.peopleExports, async (req, res) => {
  const query = parseQuery(req, usersExportQuery);
  if (!query.ok) return refuseUsersQuery(res, query.form);
  const asked = query.data;
  res.setHeader("Content-Type", "text/csv; charset=utf-8; header=present");
  res.attachment(`people-${new Date().toISOString().slice(0, 10)}.csv`);
  if (req.method === "HEAD") return void res.end();
  const rows = await exportUsers(getActor(req), toUserQuestion(asked), formatQuery(asked));
  await sendStream(res, Readable.from(rows), createCsv(columns));
});
