import { type Request, type Response, Router } from "express";
import { getActor } from "../../actor.js";
import { NotFound } from "../../errors.js";
import { tokenForm } from "../../forms/account/api-tokens.js";
import { entryId } from "../../forms/fields.js";
import type { Form } from "../../forms/form.js";
import { ApiToken, MOST_TOKENS } from "../../models/api-token.js";
import { makeToken, revokeToken } from "../../services/api/api-tokens.js";
import { getLoggedInUser } from "../../web/guards.js";
import { flash } from "../../web/pages/flash.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";
import { presentScopeChoices, presentToken, tokenLifetimes } from "../../web/present/api-tokens.js";
import { rateLimits } from "../../web/rate-limits.js";

export const accountApiTokens = Router();

accountApiTokens.get("/", async (req, res) => {
  res.render("account/api-tokens/index", await page(req, tokenForm.blank({ expiresInDays: "90" })));
});

accountApiTokens.post("/", rateLimits.tokens, async (req, res) => {
  const input = tokenForm.parse(req.body);
  if (!input.ok) return back(req, res, input.form);
  const made = await makeToken(getActor(req), input.data, input.data.once);
  if (typeof made === "string") return back(req, res, tokenForm.reject(req.body, reasons[made]));
  res.status(201).render("account/api-tokens/made", { token: presentToken(made.token), secret: made.secret });
});

accountApiTokens.post("/:id/revoke", async (req: Request<{ id: string }>, res) => {
  const id = entryId.safeParse(req.params.id);
  if (!id.success) throw new NotFound();
  await revokeToken(getActor(req), getLoggedInUser(req), id.data);
  flash(res, "success", "Token revoked.");
  res.redirect(303, "/account/api-tokens");
});

const reasons = {
  forbidden: { scopes: "Select permissions from the list." },
  "limit-reached": { "": `You've reached the limit of ${MOST_TOKENS} tokens. Revoke one you no longer use.` },
};

const back = async (req: Request, res: Response, form: Form) =>
  renderFormErrors(res.status(422), "account/api-tokens/index", await page(req, form));

async function page(req: Request, form: Form) {
  const tokens = (await ApiToken.listForUser(getLoggedInUser(req).id)).map(presentToken);
  return { form, tokens, scopes: presentScopeChoices(getActor(req)), lifetimes: tokenLifetimes };
}
