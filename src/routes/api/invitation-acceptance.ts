import { Router } from "express";
import type { Actor } from "../../actor.js";
import { config } from "../../config/index.js";
import { isTaken } from "../../definitions/outcomes.js";
import type { Profile } from "../../definitions/profile-fields.js";
import { AddressTaken, Forbidden, InvalidInvitation, RegistrationClosed } from "../../errors.js";
import { acceptanceEndpoints as calls } from "../../forms/api/invitations.js";
import { acceptanceForm } from "../../forms/auth/invitations.js";
import { toMistake } from "../../forms/rejections.js";
import { findPasswordProblem } from "../../lib/passwords/policy.js";
import { formatEmail } from "../../lib/text/email-address.js";
import { readAccount } from "../../models/user/account.js";
import { isAccount } from "../../services/account/open.js";
import { findSlugs } from "../../services/domain/domains.js";
import { acceptAsNew, acceptAsOwner } from "../../services/invitation/acceptance.js";
import { findAcceptedBy, type Opened, openInvitation } from "../../services/invitation/find.js";
import { Conflict, Unauthorized, Unprocessable } from "../../web/api/errors.js";
import { toUserJson } from "../../web/api/present.js";
import { rateLimits } from "../../web/rate-limits.js";
import { serveEndpoint } from "./endpoint.js";

/** For users who were invited: without a login, or with that of the account that has the email. */
export const apiInvitationAcceptance = Router();

serveEndpoint(
  apiInvitationAcceptance,
  calls.lookUp,
  async ({ actor, body }) => {
    const { invitation, inviter, domain, owner } = await open(actor, body.token);
    if (!owner) assertOpen();
    const { email, role, expiresAt } = invitation;
    const grant = { role, heldIn: domain ? "domain" : "site", domain: domain?.slug ?? null };
    const names = { domainName: domain?.name ?? null, inviter: inviter.username, username: owner?.username ?? null };
    return { status: 200, body: { email, ...grant, ...names, expiresAt: expiresAt.toISOString() } };
  },
  rateLimits.links,
);

serveEndpoint(
  apiInvitationAcceptance,
  calls.accept,
  async ({ actor, body: { token, ...chosen } }) => {
    const opened = await open(actor, token);
    if (actor.user) return { status: 200, body: await takeRole(actor, opened, token) };
    if (opened.owner) throw new Unauthorized(logInFirst, "");
    assertOpen();
    return { status: 201, body: await createAccount(actor, opened, { token, ...chosen }) };
  },
  rateLimits.links,
);

const logInFirst = "This email address has an account. Log in to it, and repeat the call with the access token.";

/** @throws Conflict, InvalidInvitation */
async function open(actor: Actor, token: string): Promise<Opened> {
  return (await openInvitation(actor, token)) ?? refuseEnded(token);
}

/** Answers for an accepted invitation: the first answer was lost, or two came at once. @throws Conflict, InvalidInvitation */
async function refuseEnded(token: string): Promise<never> {
  if (!(await findAcceptedBy(token))) throw new InvalidInvitation();
  throw new Conflict("This invitation has already been accepted. Log in to the account that accepted it.");
}

/** @throws RegistrationClosed */
function assertOpen(): void {
  if (config.registration === "closed") throw new RegistrationClosed("closed");
}

/** Accepts the invitation for the owner of the email. @throws Forbidden */
async function takeRole(actor: Actor, opened: Opened, token: string) {
  if (!opened.owner || opened.owner.id !== actor.user?.id)
    throw new Forbidden(
      "This invitation is for a different email address. Send an access token of its account, or none.",
    );
  if (!(await acceptAsOwner(actor, opened))) return refuseEnded(token);
  return presentAccount(opened.owner.id);
}

/** Accepts the invitation for a new user. @throws Unprocessable, AddressTaken */
async function createAccount(actor: Actor, opened: Opened, { token, username, password, ...profile }: Chosen) {
  const { email } = opened.invitation;
  const missing = listMissing({ username, password, ...profile });
  if (username === undefined || password === undefined || missing.length > 0) throw new Unprocessable(missing);
  const problem = findPasswordProblem(password, { words: [username, email] }); // the form does not know the email
  if (problem) throw new Unprocessable([{ pointer: "#/password", detail: problem }]);
  const user = await acceptAsNew(actor, opened, { ...profile, username, password });
  if (user === "not-found") return refuseEnded(token);
  if (isTaken(user) && user.taken === "email")
    throw new AddressTaken(formatEmail(email), "Log in to that account, and repeat the call with its access token.");
  if (!isAccount(user)) throw new Unprocessable([toMistake(user)]);
  return presentAccount(user.id);
}

type Chosen = Profile & { token: string; username?: string | undefined; password?: string | undefined };

/** Lists what a new user must send. The form can't, because owners of an account send only the token. */
const listMissing = (sent: Omit<Chosen, "token">) =>
  Object.entries(acceptanceForm({ email: "" }).schema.shape).flatMap(([field, schema]) => {
    const isMissing = sent[field as keyof typeof sent] === undefined;
    const problem = isMissing ? schema.safeParse(undefined).error?.issues[0]?.message : undefined;
    return problem === undefined ? [] : [{ pointer: `#/${field}`, detail: problem }];
  });

/** Presents the account after the acceptance, with its roles: none in an organization that was deleted meanwhile. */
async function presentAccount(id: string) {
  const account = await readAccount(id);
  if (!account) throw new InvalidInvitation();
  const { username, email, emailConfirmedAt, roles } = toUserJson(account, await findSlugs([account]));
  return { id, username, email, emailConfirmedAt, roles };
}
