import type { ActorRecord } from "../actor.js";
import { enqueue } from "../jobs/queue.js";
import { describeAgent } from "../lib/user-agent.js";
import { deriveOnceId } from "../models/outbox/once.js";
import type { Mail } from "./deliver.js";

type Receiver = { username: string; email: string };

/** Time, IP address and device of an event, for security emails. */
const facts = ({ ip, agent }: ActorRecord) => ({ at: new Date().toISOString(), ip, device: describeAgent(agent) });

const send = (mail: Mail) => enqueue("send-mail", mail, deriveOnceId("mail", mail.view, mail.to));

// There is one function for each email. It only adds a job, which renders and sends the email later. A `…Link`
// parameter is the id of a link. The secret of the link is created when the email is rendered, so only the email
// contains it. services/mail-limits.ts counts the emails that anyone can request.

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
export const sendPasswordChanged = (actor: ActorRecord, { username, email }: Receiver, notMe: string) =>
  send({ view: "password-changed", to: email, locals: { username, ...facts(actor) }, links: { notMe } });

/** To the new email of a requested change: asks the user to confirm it. */
export const sendEmailChange = ({ username }: Receiver, email: string, link: string) =>
  send({ view: "email-change", to: email, locals: { username }, links: { confirm: link } });

/** To the current email when a change is requested. It has a link that undoes the change. */
export const sendEmailUndo = (actor: ActorRecord, { username, email }: Receiver, undo: string) =>
  send({ view: "email-undo", to: email, locals: { username, ...facts(actor) }, links: { undo } });

/** To the previous email, after the email of the account was changed. */
export const sendEmailChanged = (actor: ActorRecord, { username, email }: Receiver, notMe: string) =>
  send({ view: "email-changed", to: email, locals: { username, ...facts(actor) }, links: { notMe } });

/** To the unconfirmed email of a registration, after the user or an admin (`isByAdmin`) replaced it. */
export const sendEmailConfirmationCorrected = (
  actor: ActorRecord,
  { username, email }: Receiver,
  { isByAdmin }: { isByAdmin: boolean },
) => send({ view: "email-confirmation-corrected", to: email, locals: { username, isByAdmin, ...facts(actor) } });

/** After a login with a new browser. */
export const sendNewDevice = (actor: ActorRecord, { username, email }: Receiver, notMe: string) =>
  send({ view: "new-device", to: email, locals: { username, ...facts(actor) }, links: { notMe } });

/** After many wrong passwords in a row. */
export const sendLoginThrottled = (
  actor: ActorRecord,
  { username, email }: Receiver,
  links: { reset: string; notMe: string },
) => send({ view: "login-throttled", to: email, locals: { username, ...facts(actor) }, links });

/** After a copy of a remember-me cookie was used and all sessions that began with the cookie were ended. */
export const sendRememberMeCopied = (actor: ActorRecord, { username, email }: Receiver, notMe: string) =>
  send({ view: "remember-me-copied", to: email, locals: { username, ...facts(actor) }, links: { notMe } });

/** After a refresh token was used twice and its session was ended. */
export const sendRefreshTokenCopied = (actor: ActorRecord, { username, email }: Receiver, notMe: string) =>
  send({ view: "refresh-token-copied", to: email, locals: { username, ...facts(actor) }, links: { notMe } });

/** After an authenticator app was added. */
export const sendAuthenticatorAdded = (actor: ActorRecord, { username, email }: Receiver, notMe: string) =>
  send({ view: "authenticator-added", to: email, locals: { username, ...facts(actor) }, links: { notMe } });

/** After the authenticator app was removed. */
export const sendAuthenticatorRemoved = (actor: ActorRecord, { username, email }: Receiver, notMe: string) =>
  send({ view: "authenticator-removed", to: email, locals: { username, ...facts(actor) }, links: { notMe } });

/** After a passkey was added. Its name is left out, because an intruder could have chosen it (values.ts). */
export const sendPasskeyAdded = (actor: ActorRecord, { username, email }: Receiver, notMe: string) =>
  send({ view: "passkey-added", to: email, locals: { username, ...facts(actor) }, links: { notMe } });

/** After a passkey was removed. */
export const sendPasskeyRemoved = (actor: ActorRecord, { username, email }: Receiver, notMe: string) =>
  send({ view: "passkey-removed", to: email, locals: { username, ...facts(actor) }, links: { notMe } });

/** After new recovery codes were created. */
export const sendRecoveryCodesCreated = (actor: ActorRecord, { username, email }: Receiver, notMe: string) =>
  send({ view: "recovery-codes-created", to: email, locals: { username, ...facts(actor) }, links: { notMe } });

/** After a login with a recovery code. @param about.left the number of codes that are left */
export const sendRecoveryCodeUsed = (
  actor: ActorRecord,
  { username, email }: Receiver,
  { left, notMe }: { left: number; notMe: string },
) => send({ view: "recovery-code-used", to: email, locals: { username, left, ...facts(actor) }, links: { notMe } });

/** After many wrong codes in a row, each after the right password. */
export const sendFactorThrottled = (
  actor: ActorRecord,
  { username, email }: Receiver,
  links: { reset: string; notMe: string },
) => send({ view: "factor-throttled", to: email, locals: { username, ...facts(actor) }, links });

/** After an API token was created. */
export const sendApiTokenCreated = (
  actor: ActorRecord,
  { username, email }: Receiver,
  beginning: string,
  notMe: string,
) => send({ view: "api-token-created", to: email, locals: { username, beginning, ...facts(actor) }, links: { notMe } });

/** After an admin revoked an API token. */
export const sendApiTokenRevoked = ({ username, email }: Receiver, beginning: string) =>
  send({ view: "api-token-revoked", to: email, locals: { username, beginning } });

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
export const sendDeletionPlanned = (actor: ActorRecord, { username, email }: Receiver, dueAt: Date, notMe: string) =>
  send({
    view: "deletion-planned",
    to: email,
    locals: { username, dueAt: dueAt.toISOString(), ...facts(actor) },
    links: { notMe },
  });

/** After the account was deleted. @param why.asAsked true if its owner requested that, false if an admin did */
export const sendDeletionDone = ({ username, email }: Receiver, { asAsked }: { asAsked: boolean }) =>
  send({ view: "deletion-done", to: email, locals: { username, asAsked } });

/** When the requested export is ready to download. */
export const sendExportReady = ({ username, email }: Receiver) =>
  send({ view: "export-ready", to: email, locals: { username } });

/** After an admin disabled the account. */
export const sendUserDisabled = ({ username, email }: Receiver, reason: string) =>
  send({ view: "user-disabled", to: email, locals: { username, reason } });

/** After an admin enabled the account. */
export const sendUserEnabled = ({ username, email }: Receiver) =>
  send({ view: "user-enabled", to: email, locals: { username } });

/** After an admin changed the username. */
export const sendUserRenamed = ({ username, email }: Receiver) =>
  send({ view: "user-renamed", to: email, locals: { username } });

/** After an admin scheduled the deletion of the account. */
export const sendDeletionImposed = ({ username, email }: Receiver, dueAt: Date, reason: string) =>
  send({ view: "deletion-imposed", to: email, locals: { username, reason, dueAt: dueAt.toISOString() } });

/** Sends a password reset link that an admin requested for the user. */
export const sendPasswordResetOffered = ({ username, email }: Receiver, link: string) =>
  send({ view: "password-reset-offered", to: email, locals: { username }, links: { reset: link } });

/** After an admin opened an account for this user. @param link the link with which they choose a password */
export const sendAccountOpened = ({ username, email }: Receiver, link: string) =>
  send({ view: "account-opened", to: email, locals: { username }, links: { reset: link } });

/** After leading roles of the user were granted or revoked. */
export const sendRolesChanged = ({ username, email }: Receiver, change: { given: string[]; taken: string[] }) =>
  send({ view: "roles-changed", to: email, locals: { username, ...change } });

/** Another user commented on a post of this author. @param about.id of the author, for the link that turns this email off */
export const sendNewComment = (
  { username, email }: Receiver,
  { commenter, comment, id }: { commenter: string; comment: string; id: string },
) =>
  send({
    view: "new-comment",
    to: email,
    locals: { username, commenter, comment },
    links: { unsubscribe: { user: id } },
  });
