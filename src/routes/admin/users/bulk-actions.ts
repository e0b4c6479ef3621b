import { type Request, type Response, Router } from "express";
import { getActor } from "../../../actor.js";
import { type BulkAction, bulkActionTexts } from "../../../definitions/bulk-actions.js";
import { bulkChoice, bulkForm, bulkQuery } from "../../../forms/admin/users.js";
import type { Form } from "../../../forms/form.js";
import { findUsersByIds } from "../../../models/user/search/list.js";
import { actOnMany, type BulkResult, mayAct } from "../../../services/admin/bulk-actions.js";
import { flash } from "../../../web/pages/flash.js";
import { renderFormErrors } from "../../../web/pages/problem-json.js";
import { parseQuery } from "../../../web/pages/query.js";
import { presentListedUser } from "../../../web/present/users.js";

export const adminUsersBulk = Router();

adminUsersBulk.get("/bulk", async (req, res) => {
  const chosen = parseQuery(req, bulkQuery);
  if (chosen.ok) return res.render("admin/users/bulk-actions", await page(req, chosen.data, bulkForm.blank()));
  flash(res, "error", "Select at least one user and an action.");
  res.redirect(303, backTo(chosen.form.fields.list?.value));
});

adminUsersBulk.post("/bulk", async (req, res) => {
  const input = bulkForm.parse(req.body);
  if (!input.ok) return refuse(req, res, input.form);
  const { ids, list, ...what } = input.data;
  const result = await actOnMany(getActor(req), await findUsersByIds(ids), what);
  flash(res, result.skipped.size === 0 ? "success" : "info", formatBulkResult(what.action, result));
  res.redirect(303, backTo(list));
});

/** Renders the page again with its errors. If the users or the action are invalid, it shows only the errors. */
async function refuse(req: Request, res: Response, form: Form): Promise<void> {
  const chosen = bulkChoice.safeParse(req.body ?? {});
  const data = chosen.success ? chosen.data : { ids: [], action: null, list: "" };
  renderFormErrors(res.status(422), "admin/users/bulk-actions", await page(req, data, form));
}

type Choice = { ids: string[]; action: BulkAction | null; list: string };

async function page(req: Request, { ids, action, list }: Choice, form: Form) {
  const people = (await findUsersByIds(ids)).map((user) => ({
    ...presentListedUser(user),
    mayAct: action !== null && mayAct(getActor(req), action, user),
  }));
  return { form, people, action: action && { value: action, ...bulkActionTexts[action] }, list, back: backTo(list) };
}

/**
 * Returns the URL of the list that the users were selected in. It never leads to another page; if the query is invalid,
 * the list page itself refuses it.
 */
function backTo(list = ""): string {
  const query = new URLSearchParams(list.slice(0, 3_000)).toString();
  return query ? `/admin/users?${query}` : "/admin/users";
}

function formatBulkResult(action: BulkAction, { done, skipped }: BulkResult): string {
  const did = done.length === 0 ? "No changes." : `${bulkActionTexts[action].did}: ${done.join(", ")}.`;
  const left = [...skipped].map(([why, names]) => `${names.join(", ")} (${why})`);
  return left.length === 0 ? did : `${did} Skipped: ${left.join("; ")}.`;
}
