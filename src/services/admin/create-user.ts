import type { Actor } from "../../actor.js";
import type { Refused, Taken } from "../../definitions/outcomes.js";
import type { Profile } from "../../definitions/profile-fields.js";
import type { Role } from "../../definitions/roles.js";
import { Forbidden } from "../../errors.js";
import * as passwords from "../../lib/passwords/hash.js";
import * as mail from "../../mail/index.js";
import { MailedLink } from "../../models/mailed-link.js";
import { deriveFormId, isToldByWords } from "../../models/outbox/once.js";
import { User } from "../../models/user.js";
import { managesInvitations, mayInvite } from "../../policies/invitations.js";
import { can, isOperator } from "../../policies/permissions.js";
import { mailConfirmation } from "../account/email-confirmation.js";
import { releaseAddress } from "../account/email-release.js";
import { openAccount } from "../account/open.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { demandMail } from "../mail/limits.js";
import { noteRoles } from "./roles.js";

const DAYS = 86_400_000;
/** Lifetime of the link with which a new user chooses a password, as long as that of an invitation. */
const LINK_LIFETIME_MS = 7 * DAYS;

/** An account for another user. */
export type NewUser = {
  username: string;
  email: string;
  bio?: string | undefined;
  profile?: Profile;
  /** Missing if the user chooses it, through a link in an email. */
  password?: string | undefined;
  /** True if the user must replace the password before anything else. */
  mustChangePassword?: boolean | undefined;
  /** Roles on the whole site. They require a confirmed email (docs/decisions/0029-unproven-addresses.md). */
  roles?: readonly Role[] | undefined;
  /** True if the admin vouches that the email is the user's. Otherwise the link in the email confirms it. */
  isConfirmed?: boolean | undefined;
};

type Opening = { username: string; email: string; roles: Role[]; isConfirmed?: boolean; hasPassword?: boolean };

const afterOpening = followUp<Opening>(User, "account.opened", async ({ id, actor, data }) => {
  // Entries from before 0.3 have neither of the two: only commands opened accounts then.
  const { username, email, roles, isConfirmed = true, hasPassword = true } = data;
  const user = { username, email, recoveryEmail: null, sessionEpoch: 0, isConfirmed };
  await record(actor, "user.registered", { id: String(id) });
  if (isConfirmed) await releaseAddress(email);
  await noteRoles(actor, id, { user, given: roles.map((role) => ({ role, domain: null })), taken: [] });
  if (!hasPassword) await mailFirstLink(id, user);
  else if (!isConfirmed) await mailConfirmation({ _id: id, username, email, sessionEpoch: 0 });
});

/** Sends the link with which the new user chooses a password. It also confirms the email. */
async function mailFirstLink(_id: User["_id"], user: Pick<User, "username" | "email">): Promise<void> {
  const { username, email } = user;
  const owner = await User.findByEmail(email);
  const about = { purpose: "password-reset", user: { _id, sessionEpoch: 0 }, email } as const;
  const link = await MailedLink.issue({ ...about, lifetimeMs: LINK_LIFETIME_MS });
  if (owner && !owner._id.equals(_id)) return mail.sendAlreadyRegistered(owner);
  await mail.sendAccountOpened({ username, email }, link);
}

/**
 * Creates an account for another user, with roles and profile, in a single write. Without a password, the user gets a
 * link to choose one.
 * @param key the once key of the request, if any: a repeated request gets the account that the first one created
 * @returns the new user, the field whose value is taken, or the refusal by a rule
 * @throws Forbidden if the actor may not open accounts, grant a role or confirm an email; Overloaded, TooManyRequests
 */
export async function createUser(
  actor: Actor,
  { password, mustChangePassword, roles = [], isConfirmed = false, ...identity }: NewUser,
  key?: string,
): Promise<User | Taken | Refused> {
  const { username, email } = identity;
  const given = [...new Set(roles)].filter((role) => role !== "user"); // every account has that role
  demand(actor, given, isConfirmed);
  // A confirmed email is unique by its index. To admins who can't read accounts, only the email tells of another account.
  if (!isConfirmed && can(actor, "users.read") && (await User.findByEmail(email))) return { taken: "email" };
  const isMailed = password === undefined || !isConfirmed;
  if (isMailed && actor.user) await demandMail("invitation", email, { own: actor.user.id });
  const _id = await deriveFormId(key, ["account", actor.user?.id ?? actor.via, username, email], isToldByWords);
  const account = {
    _id,
    ...identity,
    isConfirmed,
    ...(password !== undefined && { passwordHash: await passwords.hash(password) }),
    ...(mustChangePassword && { passwordChangeRequiredAt: new Date() }),
    roles: given.map((role) => ({ role })),
  };
  const data = { username, email, roles: given, isConfirmed, hasPassword: password !== undefined };
  const opened = await openAccount(actor, account, { followUp: afterOpening, data });
  return opened === "exists" ? User.findById(_id).orFail() : opened;
}

/** @throws Forbidden */
function demand(actor: Actor, roles: Role[], isConfirmed: boolean): void {
  if (isOperator(actor)) return;
  if (!managesInvitations(actor)) throw new Forbidden();
  if (roles.length > 0 && !isConfirmed) throw new Forbidden("Roles require a confirmed email address.");
  if (!roles.every((role) => mayInvite(actor, role))) throw new Forbidden("You can't grant this role.");
  if (isConfirmed && !can(actor, "users.edit"))
    throw new Forbidden("You can't confirm email addresses of other users.");
}
