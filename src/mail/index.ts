import type { ActorRecord } from "../actor.js";
import { enqueue } from "../jobs/queue.js";
import { describeAgent } from "../lib/user-agent.js";
import { deriveOnceId } from "../models/outbox/once.js";
import type { Mail } from "./deliver.js";

type Receiver = { username: string; email: string };

/** Where and when something happened, as security mails tell it. */
const facts = ({ ip, agent }: ActorRecord) => ({ at: new Date().toISOString(), ip, device: describeAgent(agent) });

const send = (mail: Mail) => enqueue("send-mail", mail, deriveOnceId("mail", mail.view, mail.to));

// One function for each mail we send. It waits for nobody: the mail is written and sent by a job. `…Link` is the id of a
// token, whose secret is made when the mail is written, so that it is nowhere but in the mail. Those that strangers can ask
// for are counted before (services/mail-limits.ts).

/** To somebody who signed up: prove that this is your address. */
export const sendEmailConfirmation = ({ username, email }: Receiver, link: string) =>
  send({ view: "email-confirmation", to: email, locals: { username }, links: { confirm: link } });

/** To somebody with an account whose address somebody (they?) wanted to use for another one. */
export const sendAlreadyRegistered = ({ username, email }: Receiver) =>
  send({ view: "already-registered", to: email, locals: { username } });

/** To an address without an account, for which somebody asked for a link. */
export const sendNoAccount = (email: string) =>
  send({ view: "no-account", to: email, locals: { at: new Date().toISOString() } });

/** The link to choose a new password. */
export const sendPasswordReset = ({ username, email }: Receiver, link: string) =>
  send({ view: "password-reset", to: email, locals: { username }, links: { reset: link } });

/** The same to a user who shut an intruder out by a link of ours; not counted. */
export const sendResetAfterIntrusion = ({ username, email }: Receiver, link: string) =>
  send({ view: "password-reset", to: email, locals: { username }, links: { reset: link } });

/** To somebody who is disabled and asked for a link to choose a new password. */
export const sendAccountDisabled = ({ username, email }: Receiver) =>
  send({ view: "account-disabled", to: email, locals: { username } });

/** The password was changed, or reset. */
export const sendPasswordChanged = (actor: ActorRecord, { username, email }: Receiver, notMe: string) =>
  send({ view: "password-changed", to: email, locals: { username, ...facts(actor) }, links: { notMe } });

/** To the address that somebody wants to change to: prove that it is yours. */
export const sendEmailChange = ({ username }: Receiver, email: string, link: string) =>
  send({ view: "email-change", to: email, locals: { username }, links: { confirm: link } });

/** To the address until now: another is asked for; here is the way back. */
export const sendEmailUndo = (actor: ActorRecord, { username, email }: Receiver, undo: string) =>
  send({ view: "email-undo", to: email, locals: { username, ...facts(actor) }, links: { undo } });

/** To the address until now: the account has another from now on. */
export const sendEmailChanged = (actor: ActorRecord, { username, email }: Receiver, notMe: string) =>
  send({ view: "email-changed", to: email, locals: { username, ...facts(actor) }, links: { notMe } });

/** To the address that an account gave and did not confirm: it was replaced. */
export const sendEmailConfirmationCorrected = (actor: ActorRecord, { username, email }: Receiver) =>
  send({ view: "email-confirmation-corrected", to: email, locals: { username, ...facts(actor) } });

/** Somebody signed in with a browser that was not seen before. */
export const sendNewDevice = (actor: ActorRecord, { username, email }: Receiver, notMe: string) =>
  send({ view: "new-device", to: email, locals: { username, ...facts(actor) }, links: { notMe } });

/** Many wrong passwords in a row. */
export const sendLoginThrottled = (
  actor: ActorRecord,
  { username, email }: Receiver,
  links: { reset: string; notMe: string },
) => send({ view: "login-throttled", to: email, locals: { username, ...facts(actor) }, links });

/** A copy of a "remember me" cookie was used: all of its sessions were ended. */
export const sendRememberMeCopied = (actor: ActorRecord, { username, email }: Receiver, notMe: string) =>
  send({ view: "remember-me-copied", to: email, locals: { username, ...facts(actor) }, links: { notMe } });

/** A refresh token was used a second time: the session of the program that it belongs to was ended. */
export const sendRefreshTokenCopied = (actor: ActorRecord, { username, email }: Receiver, notMe: string) =>
  send({ view: "refresh-token-copied", to: email, locals: { username, ...facts(actor) }, links: { notMe } });

/** Somebody made an API token. */
export const sendApiTokenCreated = (
  actor: ActorRecord,
  { username, email }: Receiver,
  beginning: string,
  notMe: string,
) => send({ view: "api-token-created", to: email, locals: { username, beginning, ...facts(actor) }, links: { notMe } });

/** Those who run the site took one away. */
export const sendApiTokenRevoked = ({ username, email }: Receiver, beginning: string) =>
  send({ view: "api-token-revoked", to: email, locals: { username, beginning } });

/** One ends soon. */
export const sendApiTokenExpiring = ({ username, email }: Receiver, beginning: string, until: Date) =>
  send({ view: "api-token-expiring", to: email, locals: { username, beginning, until: until.toISOString() } });

type Invited = { email: string; inviter: string; what: string; domain: string | null; until: Date };

/** To somebody who is asked in. @param invitation its id */
export const sendInvitation = ({ email, until, ...locals }: Invited, invitation: string) =>
  send({
    view: "invitation",
    to: email,
    locals: { ...locals, until: until.toISOString() },
    links: { accept: { invitation } },
  });

/** The account will be deleted, unless its owner changes their mind. */
export const sendDeletionPlanned = (actor: ActorRecord, { username, email }: Receiver, dueAt: Date, notMe: string) =>
  send({
    view: "deletion-planned",
    to: email,
    locals: { username, dueAt: dueAt.toISOString(), ...facts(actor) },
    links: { notMe },
  });

/** The account is gone. @param why.asAsked by its person, and not by those who run the site */
export const sendDeletionDone = ({ username, email }: Receiver, { asAsked }: { asAsked: boolean }) =>
  send({ view: "deletion-done", to: email, locals: { username, asAsked } });

/** The export that somebody asked for can be fetched. */
export const sendExportReady = ({ username, email }: Receiver) =>
  send({ view: "export-ready", to: email, locals: { username } });

/** Those who run the site locked the account. */
export const sendUserDisabled = ({ username, email }: Receiver, reason: string) =>
  send({ view: "user-disabled", to: email, locals: { username, reason } });

/** They opened it again. */
export const sendUserEnabled = ({ username, email }: Receiver) =>
  send({ view: "user-enabled", to: email, locals: { username } });

/** They will delete it. */
export const sendDeletionImposed = ({ username, email }: Receiver, dueAt: Date, reason: string) =>
  send({ view: "deletion-imposed", to: email, locals: { username, reason, dueAt: dueAt.toISOString() } });

/** They send a link to choose a new password. */
export const sendPasswordResetOffered = ({ username, email }: Receiver, link: string) =>
  send({ view: "password-reset-offered", to: email, locals: { username }, links: { reset: link } });

/** Somebody looks after the others from now on, or no longer does. */
export const sendRolesChanged = ({ username, email }: Receiver, change: { given: string[]; taken: string[] }) =>
  send({ view: "roles-changed", to: email, locals: { username, ...change } });
