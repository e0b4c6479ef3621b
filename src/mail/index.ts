import type { ActorRecord } from "../actor.js";
import { enqueue } from "../jobs/enqueue.js";
import { describeAgent } from "../lib/text/user-agent.js";
import { deriveOnceId } from "../models/outbox/once.js";
import { audiences, type SiteMail, type ViewFor } from "./audiences.js";
import type { Mail } from "./deliver.js";
import type { MailValues } from "./values.js";

type Receiver = { username: string; email: string };
/** A user with all addresses. Follow-ups that an earlier version stored have no recovery email. */
export type Owner = Receiver & { recoveryEmail: string | null | undefined };
/** Creates a link for an address of a user, and returns the link's id. */
export type LinkFor = (email: string) => Promise<string>;

/** Time, IP address and device of an event, for security emails. */
const facts = ({ ip, agent }: ActorRecord) => ({ at: new Date().toISOString(), ip, device: describeAgent(agent) });

const add = (mail: Mail) => enqueue("send-mail", mail, deriveOnceId("mail", mail.view, mail.to));
const send = (mail: Mail & { view: ViewFor<"one"> }) => add(mail);

/** Sends a notice to each address of a user, with links of its own. */
async function sendToEach(
  view: ViewFor<"each">,
  { username, email, recoveryEmail }: Owner,
  locals: MailValues = {},
  linksFor: Record<string, LinkFor> = {},
): Promise<void> {
  for (const to of recoveryEmail ? [email, recoveryEmail] : [email]) {
    const links: Record<string, string> = {};
    for (const [name, create] of Object.entries(linksFor)) links[name] = await create(to);
    await add({ view, to, locals: { username, ...locals }, links });
  }
}

/** Sends an email of the site (`mails` in src/site/definitions.ts) to a user. */
export const sendSiteMail = (view: SiteMail, user: Owner, locals: MailValues = {}) =>
  audiences[view] === "each"
    ? sendToEach(view as string as ViewFor<"each">, user, locals)
    : send({ view: view as string as ViewFor<"one">, to: user.email, locals: { username: user.username, ...locals } });

// There is one function for each email. It only adds a job, which renders and sends the email later. audiences.ts says
// which addresses of the user it goes to. A `link` parameter is the id of a link, and a `LinkFor` creates one. The secret of
// the link is created when the email is rendered, so only the email contains it. services/mail/limits.ts counts the emails that
// anyone can request.

/** After registration: asks the user to confirm the email. */
export const sendEmailConfirmation = ({ username, email }: Receiver, link: string) =>
  send({ view: "email-confirmation", to: email, locals: { username }, links: { confirm: link } });

/** To the owner of an account whose email was used for another registration, perhaps by the owner. */
export const sendAlreadyRegistered = ({ username, email }: Receiver) =>
  send({ view: "already-registered", to: email, locals: { username } });

/** To an email without an account, when a password reset was requested for it. */
export const sendNoAccount = (email: string) =>
  send({ view: "no-account", to: email, locals: { at: new Date().toISOString() } });

/** Sends the requested password reset link. */
export const sendPasswordReset = ({ username, email }: Receiver, link: string) =>
  send({ view: "password-reset", to: email, locals: { username }, links: { reset: link } });

/** Sends a password reset link after the user reported an intruder. It does not count towards the limit of emails. */
export const sendResetAfterIntrusion = ({ username, email }: Receiver, link: string) =>
  send({ view: "password-reset", to: email, locals: { username }, links: { reset: link } });

/** To a disabled user who requested a password reset. */
export const sendAccountDisabled = ({ username, email }: Receiver) =>
  send({ view: "account-disabled", to: email, locals: { username } });

/** After the password was changed or reset. */
export const sendPasswordChanged = (actor: ActorRecord, owner: Owner, notMe: LinkFor) =>
  sendToEach("password-changed", owner, facts(actor), { notMe });

/** To the new email of a requested change: asks the user to confirm it. */
export const sendEmailChange = ({ username }: Receiver, email: string, link: string) =>
  send({ view: "email-change", to: email, locals: { username }, links: { confirm: link } });

/** To a requested recovery email: asks the user to confirm it. */
export const sendRecoveryEmail = ({ username }: Pick<Receiver, "username">, email: string, link: string) =>
  send({ view: "recovery-email", to: email, locals: { username }, links: { confirm: link } });

/** To the primary email, after a recovery email was added. */
export const sendRecoveryEmailAdded = (actor: ActorRecord, { username, email }: Receiver, notMe: string) =>
  send({ view: "recovery-email-added", to: email, locals: { username, ...facts(actor) }, links: { notMe } });

/** After the recovery email was removed; also to that one. */
export const sendRecoveryEmailRemoved = (actor: ActorRecord, owner: Owner, notMe: LinkFor) =>
  sendToEach("recovery-email-removed", owner, facts(actor), { notMe });

/** To the user's other address, after a link in an email to this user was used to stop an intruder. */
export const sendAccountSecured = (actor: ActorRecord, { username, email }: Receiver, notMe: string) =>
  send({ view: "account-secured", to: email, locals: { username, ...facts(actor) }, links: { notMe } });

/** To the current addresses when a change is requested. It has a link that undoes the change. */
export const sendEmailUndo = (actor: ActorRecord, owner: Owner, undo: LinkFor) =>
  sendToEach("email-undo", owner, facts(actor), { undo });

/** To the previous email and the recovery email, after the email of the account was changed. */
export const sendEmailChanged = (actor: ActorRecord, owner: Owner, notMe: LinkFor) =>
  sendToEach("email-changed", owner, facts(actor), { notMe });

/** To the unconfirmed email of a registration, after the user or an admin (`isByAdmin`) replaced it. */
export const sendEmailConfirmationCorrected = (
  actor: ActorRecord,
  { username, email }: Receiver,
  { isByAdmin }: { isByAdmin: boolean },
) => send({ view: "email-confirmation-corrected", to: email, locals: { username, isByAdmin, ...facts(actor) } });

/** After a login with a new browser. */
export const sendNewDevice = (actor: ActorRecord, owner: Owner, notMe: LinkFor) =>
  sendToEach("new-device", owner, facts(actor), { notMe });

/** After many wrong passwords in a row. */
export const sendLoginThrottled = (actor: ActorRecord, owner: Owner, links: { reset: LinkFor; notMe: LinkFor }) =>
  sendToEach("login-throttled", owner, facts(actor), links);

/** After a copy of a remember-me cookie was used and all sessions that began with the cookie were ended. */
export const sendRememberMeCopied = (actor: ActorRecord, owner: Owner, notMe: LinkFor) =>
  sendToEach("remember-me-copied", owner, facts(actor), { notMe });

/** After a refresh token was used twice and its session was ended. */
export const sendRefreshTokenCopied = (actor: ActorRecord, owner: Owner, notMe: LinkFor) =>
  sendToEach("refresh-token-copied", owner, facts(actor), { notMe });

/** After an authenticator app was added. */
export const sendAuthenticatorAdded = (actor: ActorRecord, owner: Owner, notMe: LinkFor) =>
  sendToEach("authenticator-added", owner, facts(actor), { notMe });

/** After the authenticator app was removed. */
export const sendAuthenticatorRemoved = (actor: ActorRecord, owner: Owner, notMe: LinkFor) =>
  sendToEach("authenticator-removed", owner, facts(actor), { notMe });

/** After all second factors were removed, by the owner or by an operator. */
export const sendFactorsReset = (actor: ActorRecord, owner: Owner, notMe: LinkFor) =>
  sendToEach("factors-reset", owner, { isByAdmin: actor.via === "command", ...facts(actor) }, { notMe });

/** After a passkey was added. Its name is left out, because an intruder could have chosen it (values.ts). */
export const sendPasskeyAdded = (actor: ActorRecord, owner: Owner, notMe: LinkFor) =>
  sendToEach("passkey-added", owner, facts(actor), { notMe });

/** After a passkey was removed. */
export const sendPasskeyRemoved = (actor: ActorRecord, owner: Owner, notMe: LinkFor) =>
  sendToEach("passkey-removed", owner, facts(actor), { notMe });

/** After the password was removed: from then on, a passkey logs in. */
export const sendPasswordRemoved = (actor: ActorRecord, owner: Owner, notMe: LinkFor) =>
  sendToEach("password-removed", owner, facts(actor), { notMe });

/** After new recovery codes were created. */
export const sendRecoveryCodesCreated = (actor: ActorRecord, owner: Owner, notMe: LinkFor) =>
  sendToEach("recovery-codes-created", owner, facts(actor), { notMe });

/** After a recovery code was used. @param left the number of codes that are left */
export const sendRecoveryCodeUsed = (actor: ActorRecord, owner: Owner, left: number, notMe: LinkFor) =>
  sendToEach("recovery-code-used", owner, { left, ...facts(actor) }, { notMe });

/** `needsAdmin` is true if another admin must confirm the removal of second factors. */
type Confirming = { needsAdmin?: boolean | undefined };

/** To a user who has lost the second factor: the link that starts the waiting period. */
export const sendFactorRecovery = (
  actor: ActorRecord,
  owner: Owner,
  { needsAdmin }: Confirming,
  links: { start: LinkFor; notMe: LinkFor },
) => sendToEach("factor-recovery", owner, { needsAdmin, ...facts(actor) }, links);

/** After the waiting period before the removal of all second factors began. */
export const sendFactorRecoveryStarted = (
  actor: ActorRecord,
  owner: Owner,
  { dueAt, needsAdmin }: Confirming & { dueAt: Date },
  cancel: LinkFor,
) =>
  sendToEach("factor-recovery-started", owner, { dueAt: dueAt.toISOString(), needsAdmin, ...facts(actor) }, { cancel });

/** After that wait was cancelled. @param isByFactor true if the second factor was used after all */
export const sendFactorRecoveryCancelled = (actor: ActorRecord, owner: Owner, isByFactor: boolean, notMe: LinkFor) =>
  sendToEach("factor-recovery-cancelled", owner, { isByFactor, ...facts(actor) }, { notMe });

/** After all second factors were removed at the end of the waiting period. */
export const sendFactorRecoveryFinished = (actor: ActorRecord, owner: Owner, notMe: LinkFor) =>
  sendToEach("factor-recovery-finished", owner, facts(actor), { notMe });

/** After many wrong codes in a row. */
export const sendFactorThrottled = (actor: ActorRecord, owner: Owner, links: { reset: LinkFor; notMe: LinkFor }) =>
  sendToEach("factor-throttled", owner, facts(actor), links);

/** After an API token was created. */
export const sendApiTokenCreated = (actor: ActorRecord, owner: Owner, beginning: string, notMe: LinkFor) =>
  sendToEach("api-token-created", owner, { beginning, ...facts(actor) }, { notMe });

/** After an admin revoked an API token. */
export const sendApiTokenRevoked = (owner: Owner, beginning: string) =>
  sendToEach("api-token-revoked", owner, { beginning });

/** Before an API token expires. */
export const sendApiTokenExpiring = ({ username, email }: Receiver, beginning: string, until: Date) =>
  send({ view: "api-token-expiring", to: email, locals: { username, beginning, until: until.toISOString() } });

type Invited = { email: string; inviter: string; what: string; domain: string | null; until: Date };

/** Invites someone to the site or an organization. @param invitation id of the invitation */
export const sendInvitation = ({ email, until, ...locals }: Invited, invitation: string) =>
  send({
    view: "invitation",
    to: email,
    locals: { ...locals, until: until.toISOString() },
    links: { accept: { invitation } },
  });

/** Sent after the deletion of the account was scheduled. The owner can still cancel it. */
export const sendDeletionPlanned = (actor: ActorRecord, owner: Owner, dueAt: Date, notMe: LinkFor) =>
  sendToEach("deletion-planned", owner, { dueAt: dueAt.toISOString(), ...facts(actor) }, { notMe });

/** After the account was deleted. @param why.asAsked true if its owner requested that, false if an admin did */
export const sendDeletionDone = (owner: Owner, { asAsked }: { asAsked: boolean }) =>
  sendToEach("deletion-done", owner, { asAsked });

/** When the requested export is ready to download. */
export const sendExportReady = (owner: Owner) => sendToEach("export-ready", owner);

/** After an admin disabled the account. */
export const sendUserDisabled = (owner: Owner, reason: string) => sendToEach("user-disabled", owner, { reason });

/** After an admin enabled the account. */
export const sendUserEnabled = (owner: Owner) => sendToEach("user-enabled", owner);

/** After an admin changed the username. */
export const sendUserRenamed = (owner: Owner) => sendToEach("user-renamed", owner);

/** After an admin scheduled the deletion of the account. */
export const sendDeletionImposed = (owner: Owner, dueAt: Date, reason: string) =>
  sendToEach("deletion-imposed", owner, { reason, dueAt: dueAt.toISOString() });

/** Sends a password reset link that an admin requested for the user. */
export const sendPasswordResetOffered = ({ username, email }: Receiver, link: string) =>
  send({ view: "password-reset-offered", to: email, locals: { username }, links: { reset: link } });

/** After an admin opened an account for this user. @param link the link with which they choose a password */
export const sendAccountOpened = ({ username, email }: Receiver, link: string) =>
  send({ view: "account-opened", to: email, locals: { username }, links: { reset: link } });

/** After leading roles of the user were granted or revoked. */
export const sendRolesChanged = (owner: Owner, change: { given: string[]; taken: string[] }) =>
  sendToEach("roles-changed", owner, change);

/** To the operator: the head of the audit log's chain after this day. */
export const sendAuditHead = (to: string, { day, head }: { day: string; head: string }) =>
  send({ view: "audit-head", to, locals: { day, head } });

/** To each superadmin, when a webhook was paused by itself. @param webhook its id */
export const sendWebhookPaused = ({ username, email }: Receiver, webhook: string) =>
  send({ view: "webhook-paused", to: email, locals: { username, webhook } });

/** Another user commented on a post of this author. @param about.id of the author, for the link that turns this email off */
export const sendNewComment = (
  { username, email }: Receiver,
  { commenter, comment, id }: { commenter: string; comment: string; id: string },
) => send({ view: "new-comment", to: email, locals: { username, commenter, comment }, unsubscribe: id });
