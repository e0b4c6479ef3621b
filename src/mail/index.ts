import type { ActorRecord } from "../actor.js";
import { enqueue } from "../jobs/queue.js";
import { describeAgent } from "../lib/user-agent.js";
import { deriveOnceId } from "../models/outbox/once.js";
import type { Mail } from "./deliver.js";

type Receiver = { username: string; email: string };

/** Place and time of an event, for security emails. */
const facts = ({ ip, agent }: ActorRecord) => ({ at: new Date().toISOString(), ip, device: describeAgent(agent) });

const send = (mail: Mail) => enqueue("send-mail", mail, deriveOnceId("mail", mail.view, mail.to));

// One function for each email. None waits for the email: a job writes and sends it. `…Link` is the id of a link, whose
// secret is made when the email is written, so that only the email contains it. Emails that strangers can request
// are counted before (services/mail-limits.ts).

/** After a registration: confirm your email. */
export const sendEmailConfirmation = ({ username, email }: Receiver, link: string) =>
  send({ view: "email-confirmation", to: email, locals: { username }, links: { confirm: link } });

/** To a user with an account whose email was used for another registration, perhaps by themselves. */
export const sendAlreadyRegistered = ({ username, email }: Receiver) =>
  send({ view: "already-registered", to: email, locals: { username } });

/** To an email without an account, for which a link was requested. */
export const sendNoAccount = (email: string) =>
  send({ view: "no-account", to: email, locals: { at: new Date().toISOString() } });

/** The password reset link. */
export const sendPasswordReset = ({ username, email }: Receiver, link: string) =>
  send({ view: "password-reset", to: email, locals: { username }, links: { reset: link } });

/** The same, after the user took the account back from an intruder; not counted. */
export const sendResetAfterIntrusion = ({ username, email }: Receiver, link: string) =>
  send({ view: "password-reset", to: email, locals: { username }, links: { reset: link } });

/** To a disabled user who requested a password reset link. */
export const sendAccountDisabled = ({ username, email }: Receiver) =>
  send({ view: "account-disabled", to: email, locals: { username } });

/** The password was changed or reset. */
export const sendPasswordChanged = (actor: ActorRecord, { username, email }: Receiver, notMe: string) =>
  send({ view: "password-changed", to: email, locals: { username, ...facts(actor) }, links: { notMe } });

/** To the new email of a requested change: confirm it. */
export const sendEmailChange = ({ username }: Receiver, email: string, link: string) =>
  send({ view: "email-change", to: email, locals: { username }, links: { confirm: link } });

/** To the current email: a change was requested, with a link that undoes it. */
export const sendEmailUndo = (actor: ActorRecord, { username, email }: Receiver, undo: string) =>
  send({ view: "email-undo", to: email, locals: { username, ...facts(actor) }, links: { undo } });

/** To the previous email: the account now has another one. */
export const sendEmailChanged = (actor: ActorRecord, { username, email }: Receiver, notMe: string) =>
  send({ view: "email-changed", to: email, locals: { username, ...facts(actor) }, links: { notMe } });

/** To the unconfirmed email of a registration: it was replaced. */
export const sendEmailConfirmationCorrected = (actor: ActorRecord, { username, email }: Receiver) =>
  send({ view: "email-confirmation-corrected", to: email, locals: { username, ...facts(actor) } });

/** Login with a new browser. */
export const sendNewDevice = (actor: ActorRecord, { username, email }: Receiver, notMe: string) =>
  send({ view: "new-device", to: email, locals: { username, ...facts(actor) }, links: { notMe } });

/** Many wrong passwords in a row. */
export const sendLoginThrottled = (
  actor: ActorRecord,
  { username, email }: Receiver,
  links: { reset: string; notMe: string },
) => send({ view: "login-throttled", to: email, locals: { username, ...facts(actor) }, links });

/** A copy of a remember-me cookie was used: all of its sessions were ended. */
export const sendRememberMeCopied = (actor: ActorRecord, { username, email }: Receiver, notMe: string) =>
  send({ view: "remember-me-copied", to: email, locals: { username, ...facts(actor) }, links: { notMe } });

/** A refresh token was used twice: its session was ended. */
export const sendRefreshTokenCopied = (actor: ActorRecord, { username, email }: Receiver, notMe: string) =>
  send({ view: "refresh-token-copied", to: email, locals: { username, ...facts(actor) }, links: { notMe } });

/** An API token was created. */
export const sendApiTokenCreated = (
  actor: ActorRecord,
  { username, email }: Receiver,
  beginning: string,
  notMe: string,
) => send({ view: "api-token-created", to: email, locals: { username, beginning, ...facts(actor) }, links: { notMe } });

/** An admin revoked an API token. */
export const sendApiTokenRevoked = ({ username, email }: Receiver, beginning: string) =>
  send({ view: "api-token-revoked", to: email, locals: { username, beginning } });

/** An API token expires soon. */
export const sendApiTokenExpiring = ({ username, email }: Receiver, beginning: string, until: Date) =>
  send({ view: "api-token-expiring", to: email, locals: { username, beginning, until: until.toISOString() } });

type Invited = { email: string; inviter: string; what: string; domain: string | null; until: Date };

/** An invitation. @param invitation its id */
export const sendInvitation = ({ email, until, ...locals }: Invited, invitation: string) =>
  send({
    view: "invitation",
    to: email,
    locals: { ...locals, until: until.toISOString() },
    links: { accept: { invitation } },
  });

/** The account will be deleted, unless its owner cancels that. */
export const sendDeletionPlanned = (actor: ActorRecord, { username, email }: Receiver, dueAt: Date, notMe: string) =>
  send({
    view: "deletion-planned",
    to: email,
    locals: { username, dueAt: dueAt.toISOString(), ...facts(actor) },
    links: { notMe },
  });

/** The account was deleted. @param why.asAsked true if its owner requested that, false if an admin did */
export const sendDeletionDone = ({ username, email }: Receiver, { asAsked }: { asAsked: boolean }) =>
  send({ view: "deletion-done", to: email, locals: { username, asAsked } });

/** The requested export can be downloaded. */
export const sendExportReady = ({ username, email }: Receiver) =>
  send({ view: "export-ready", to: email, locals: { username } });

/** An admin disabled the account. */
export const sendUserDisabled = ({ username, email }: Receiver, reason: string) =>
  send({ view: "user-disabled", to: email, locals: { username, reason } });

/** An admin enabled the account. */
export const sendUserEnabled = ({ username, email }: Receiver) =>
  send({ view: "user-enabled", to: email, locals: { username } });

/** An admin changed the username. */
export const sendUserRenamed = ({ username, email }: Receiver) =>
  send({ view: "user-renamed", to: email, locals: { username } });

/** An admin scheduled the deletion of the account. */
export const sendDeletionImposed = ({ username, email }: Receiver, dueAt: Date, reason: string) =>
  send({ view: "deletion-imposed", to: email, locals: { username, reason, dueAt: dueAt.toISOString() } });

/** An admin sends a password reset link. */
export const sendPasswordResetOffered = ({ username, email }: Receiver, link: string) =>
  send({ view: "password-reset-offered", to: email, locals: { username }, links: { reset: link } });

/** Leading roles of the user were granted or revoked. */
export const sendRolesChanged = ({ username, email }: Receiver, change: { given: string[]; taken: string[] }) =>
  send({ view: "roles-changed", to: email, locals: { username, ...change } });
