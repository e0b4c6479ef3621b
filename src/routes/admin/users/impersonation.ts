import { type Request, Router } from "express";
import { getActor } from "../../../actor.js";
import { Forbidden, NotFound } from "../../../errors.js";
import { impersonationForm } from "../../../forms/admin/impersonation.js";
import { entryId } from "../../../forms/fields.js";
import type { Form } from "../../../forms/form.js";
import { User } from "../../../models/user.js";
import { mayImpersonate } from "../../../policies/users.js";
import { isPending } from "../../../services/account/register/pending.js";
import { startImpersonation } from "../../../services/admin/impersonation.js";
import { getLoggedInUser } from "../../../web/guards.js";
import { renderFormErrors } from "../../../web/pages/problem-json.js";
import { openImpersonationSession } from "../../../web/session/impersonation.js";

export const adminImpersonation = Router();

adminImpersonation.get("/:id/impersonate", async (req, res) => {
  const user = await findSubject(req);
  res.render("admin/users/impersonation", page(user, impersonationForm.blank()));
});

adminImpersonation.post("/:id/impersonate", async (req: Request<{ id: string }>, res) => {
  const user = await findSubject(req);
  const input = impersonationForm.parse(req.body);
  if (!input.ok) return renderFormErrors(res.status(422), "admin/users/impersonation", page(user, input.form));
  const { reason, once: key } = input.data;
  const id = await startImpersonation(getActor(req), user, { reason, key });
  await openImpersonationSession(req, res, { admin: getLoggedInUser(req), user, id });
  res.redirect(303, "/dashboard");
});

/** @throws NotFound, Forbidden */
async function findSubject(req: Request<{ id: string }>): Promise<User> {
  const id = entryId.safeParse(req.params.id);
  const user = id.success ? await User.findById(id.data) : null;
  if (!user) throw new NotFound();
  if (isPending(user)) throw new Forbidden("This email address isn't confirmed yet, so there is no account to act as.");
  if (mayImpersonate(getActor(req), user)) return user;
  throw new Forbidden("You can't act as an administrator, as yourself or as a disabled user.");
}

const page = ({ id, username }: User, form: Form) => ({ form, person: { id, username } });
