import { type Request, type Response, Router } from "express";
import { getActor } from "../../actor.js";
import type { Outcome } from "../../definitions/outcomes.js";
import { createDeleteDomainForm, createDomainForm, domainForm } from "../../forms/admin/domains.js";
import type { Form } from "../../forms/form.js";
import type { Domain } from "../../models/domain.js";
import { closeDomain, createDomain, findManagedDomain, renameDomain } from "../../services/domain/admin.js";
import { flash } from "../../web/pages/flash.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";
import { ChangedMeanwhile, retryIfChanged } from "../../web/pages/refusals.js";
import { presentDomainChoice } from "../../web/present/posts.js";
import { renderDomains } from "./domains.js";

/** Pages to create, rename and close domains, for admins who manage all of them. */
export const adminDomainSettings = Router();

type OfDomain = { slug: string };
const taken = { slug: "This web address is taken. Choose another." };

adminDomainSettings.post("/", async (req, res) => {
  const input = createDomainForm.parse(req.body);
  const back = async (form: Form) =>
    renderFormErrors(res.status(422), "admin/domains/index", await renderDomains(req, form));
  if (!input.ok) return back(input.form);
  const domain = await createDomain(getActor(req), input.data, input.data.once);
  if (domain === "slug-taken") return back(createDomainForm.reject(req.body, taken));
  flash(res, "success", `${domain.name} has been created. Now add its members.`);
  res.redirect(303, `/admin/domains/${domain.slug}`);
});

adminDomainSettings.get("/:slug/edit", async (req, res) => {
  const domain = await findManagedDomain(getActor(req), req.params.slug);
  res.render("admin/domains/edit", page(domain, domainForm.stored(domain)));
});

adminDomainSettings.post("/:slug/edit", retryIfChanged<OfDomain>(rename));

async function rename(req: Request<OfDomain>, res: Response): Promise<void> {
  const domain = await findManagedDomain(getActor(req), req.params.slug);
  const back = (status: number, form: Form) =>
    renderFormErrors(res.status(status), "admin/domains/edit", page(domain, form));
  const conflict = domainForm.conflict(req.body, domainForm.stored(domain));
  if (conflict) return back(409, conflict);
  const input = domainForm.parse(req.body);
  if (!input.ok) return back(422, input.form);
  const outcome = await renameDomain(getActor(req), domain, input.data);
  if (outcome === "stale") throw new ChangedMeanwhile();
  if (outcome === "slug-taken") return back(422, domainForm.reject(req.body, taken));
  outcome satisfies Outcome<"done" | "unchanged">;
  flash(res, "success", "Organization renamed.");
  res.redirect(303, `/admin/domains/${input.data.slug}`);
}

adminDomainSettings.get("/:slug/delete", async (req, res) => {
  const domain = await findManagedDomain(getActor(req), req.params.slug);
  res.render("admin/domains/delete", page(domain, createDeleteDomainForm(domain).blank()));
});

adminDomainSettings.post("/:slug/delete", async (req: Request<OfDomain>, res) => {
  const domain = await findManagedDomain(getActor(req), req.params.slug);
  const input = createDeleteDomainForm(domain).parse(req.body);
  if (!input.ok) return renderFormErrors(res.status(422), "admin/domains/delete", page(domain, input.form));
  await closeDomain(getActor(req), domain);
  flash(res, "info", `${domain.name} has been deleted.`);
  res.redirect(303, "/admin/domains");
});

const page = (domain: Domain, form: Form) => ({ domain: presentDomainChoice(domain), form });
