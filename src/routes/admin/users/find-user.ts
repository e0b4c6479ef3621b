import type { Request, Response } from "express";
import { getActor } from "../../../actor.js";
import type { Permission } from "../../../definitions/permissions.js";
import { Forbidden, NotFound } from "../../../errors.js";
import { entryId } from "../../../forms/fields.js";
import { User } from "../../../models/user.js";
import { mayActOn } from "../../../policies/users.js";
import type { RolesOutcome } from "../../../services/admin/roles.js";
import { flash } from "../../../web/pages/flash.js";

export type UserRequest = Request<{ id: string }>;

/** Finds the user with the id in the URL. @throws NotFound */
export async function findUser(req: UserRequest): Promise<User> {
  const id = entryId.safeParse(req.params.id);
  const user = id.success ? await User.findById(id.data) : null;
  if (!user) throw new NotFound();
  return user;
}

/** Finds the user for a form, if the actor has this permission on them. @throws NotFound, Forbidden */
export async function findManageableUser(req: UserRequest, permission: Permission): Promise<User> {
  const user = await findUser(req);
  if (!mayActOn(getActor(req), permission, user)) throw new Forbidden();
  return user;
}

export const getUserUrl = ({ id }: { id: string }) => `/admin/users/${id}`;

/** Message for each outcome that changed nothing; null if there is nothing to report. */
export const problems: Record<RolesOutcome, string | null> = {
  done: null,
  unchanged: null,
  "last-superadmin": "This is the only superadmin. Make someone else a superadmin first.",
  unconfirmed: "Their email address isn't confirmed yet. This role requires a confirmed email address.",
};

/** Shows a success message on the user's page. */
export function done(res: Response, user: { id: string }, text: string): void {
  flash(res, "success", text);
  res.redirect(303, getUserUrl(user));
}
