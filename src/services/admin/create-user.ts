import type { Actor } from "../../actor.js";
import type { Outcome } from "../../definitions/outcomes.js";
import type { Role } from "../../definitions/roles.js";
import { Forbidden } from "../../errors.js";
import type { Registration } from "../../forms/auth/register.js";
import * as passwords from "../../lib/passwords/hash.js";
import { createConfirmedUser } from "../../models/user/create/confirmed.js";
import { User } from "../../models/user.js";
import { releaseAddress } from "../account/email-release.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { noteRoles } from "./roles.js";

type Opening = { username: string; email: string; roles: Role[] };

const afterOpening = followUp<Opening>(User, "account.opened", async ({ id, actor, data }) => {
  const { username, email, roles } = data;
  const user = { username, email, sessionEpoch: 0, isConfirmed: true };
  await record(actor, "user.registered", { id: String(id) });
  await releaseAddress(email);
  await noteRoles(actor, id, { user, given: roles.map((role) => ({ role, domain: null })), taken: [] });
});

/**
 * Creates an account for another user, with a confirmed email and roles, in a single write. Only used by commands.
 * @param registration.mustChangePassword true if the user must replace the password before anything else
 * @returns the new user, or the field whose value is taken
 * @throws Forbidden, Overloaded
 */
export async function createUser(
  actor: Actor,
  { username, email, password, mustChangePassword }: Registration & { mustChangePassword?: boolean },
  roles: readonly Role[],
): Promise<User | Outcome<"username-taken" | "email-taken">> {
  if (actor.via !== "command") throw new Forbidden();
  const passwordHash = await passwords.hash(password);
  const given = [...new Set(roles)].filter((role) => role !== "user"); // every account has that role
  const entry = afterOpening.entry(actor, { username, email, roles: given });
  const user = await createConfirmedUser({
    username,
    email,
    passwordHash,
    ...(mustChangePassword && { passwordChangeRequiredAt: new Date() }),
    roles: given.map((role) => ({ role })),
    entry,
  });
  if (user === "exists") throw new Error("two accounts cannot have one id");
  if (typeof user === "string") return user;
  await afterOpening.finish(user._id, entry);
  return user;
}
