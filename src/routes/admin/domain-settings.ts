import { type Request, type Response, Router } from "express";
import { actorOf } from "../../actor.js";
import type { Outcome } from "../../definitions/outcomes.js";
import { closingForm, domainForm, newDomainForm } from "../../forms/admin/domains.js";
import type { Form } from "../../forms/form.js";
import type { Domain } from "../../models/domain.js";
import { closeDomain, managedDomain, openDomain, renameDomain } from "../../services/domain/admin.js";
import { flash } from "../../web/pages/flash.js";
import { sendBack } from "../../web/pages/problem-json.js";
import { againIfChanged, ChangedMeanwhile } from "../../web/pages/refusals.js";
import { inChoice } from "../../web/present/posts.js";
import { listPage } from "./domains.js";

/** Opening, renaming and closing domains: for those who decide which there are. */
export const domainOpening = Router();

type OfDomain = { slug: string };
const taken = { slug: "Another domain has this address. Choose another." };

domainOpening.post("/", async (req, res) => {
  const input = newDomainForm.parse(req.body);
  const back = async (form: Form) => sendBack(res.status(422), "admin/domains/index", await listPage(req, form));
  if (!input.ok) return back(input.form);
  const domain = await openDomain(actorOf(req), input.data, input.data.once);
  if (domain === "slug-taken") return back(newDomainForm.reject(req.body, taken));
  flash(res, "success", `${domain.name} is open. Now bring its people in.`);
  res.redirect(303, `/admin/domains/${domain.slug}`);
});

domainOpening.get("/:slug/edit", async (req, res) => {
  const domain = await managedDomain(actorOf(req), req.params.slug);
  res.render("admin/domains/edit", page(domain, domainForm.stored(domain)));
});

domainOpening.post("/:slug/edit", againIfChanged<OfDomain>(rename));

async function rename(req: Request<OfDomain>, res: Response): Promise<void> {
  const domain = await managedDomain(actorOf(req), req.params.slug);
  const back = (status: number, form: Form) => sendBack(res.status(status), "admin/domains/edit", page(domain, form));
  const conflict = domainForm.conflict(req.body, domainForm.stored(domain));
  if (conflict) return back(409, conflict);
  const input = domainForm.parse(req.body);
  if (!input.ok) return back(422, input.form);
  const outcome = await renameDomain(actorOf(req), domain, input.data);
  if (outcome === "stale") throw new ChangedMeanwhile();
  if (outcome === "slug-taken") return back(422, domainForm.reject(req.body, taken));
  outcome satisfies Outcome<"done" | "unchanged">;
  flash(res, "success", "The domain is renamed.");
  res.redirect(303, `/admin/domains/${input.data.slug}`);
}

domainOpening.get("/:slug/delete", async (req, res) => {
  const domain = await managedDomain(actorOf(req), req.params.slug);
  res.render("admin/domains/delete", page(domain, closingForm(domain).blank()));
});

domainOpening.post("/:slug/delete", async (req: Request<OfDomain>, res) => {
  const domain = await managedDomain(actorOf(req), req.params.slug);
  const input = closingForm(domain).parse(req.body);
  if (!input.ok) return sendBack(res.status(422), "admin/domains/delete", page(domain, input.form));
  await closeDomain(actorOf(req), domain);
  flash(res, "info", `${domain.name} is closed.`);
  res.redirect(303, "/admin/domains");
});

const page = (domain: Domain, form: Form) => ({ domain: inChoice(domain), form });
