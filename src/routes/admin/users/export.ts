import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Router } from "express";
import { actorOf } from "../../../actor.js";
import { peopleExportQuery } from "../../../forms/admin/users.js";
import { csvOf } from "../../../lib/files/csv.js";
import { columns, exportPeople } from "../../../services/admin/users-export.js";
import { parseQuery } from "../../../web/pages/query.js";
import { queryOf } from "../../../web/present/users.js";
import { limits } from "../../../web/rate-limits.js";
import { questionOf, refusePeople } from "./list.js";

export const usersExport = Router();

usersExport.get("/export.csv", limits.peopleExports, async (req, res) => {
  const query = parseQuery(req, peopleExportQuery);
  if (!query.ok) return refusePeople(res, query.form);
  const asked = query.data;
  res.setHeader("Content-Type", "text/csv; charset=utf-8; header=present");
  res.attachment(`people-${new Date().toISOString().slice(0, 10)}.csv`);
  if (req.method === "HEAD") return void res.end();
  const rows = await exportPeople(actorOf(req), questionOf(asked), queryOf(asked));
  await pipeline(Readable.from(rows), csvOf(columns), res).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ERR_STREAM_PREMATURE_CLOSE") throw error; // whoever stops reading is no fault of ours
  });
});
