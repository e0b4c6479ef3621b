import type { Types } from "mongoose";
import type { LinkFor, Owner } from "../../mail/index.js";
import { MailedLink } from "../../models/mailed-link.js";
import type { User } from "../../models/user.js";

/** What emails need to know about a user at the time of the event. Stored with the follow-up (follow-ups.ts). */
export type Receiver = Owner & { sessionEpoch: number; isConfirmed: boolean };

/**
 * @param user as read before a change
 * @param raised by how much the change raises the epoch, so that links in its emails are valid
 */
export const toReceiver = (
  { username, email, recoveryEmail, sessionEpoch, emailConfirmedAt }: User,
  raised = 0,
): Receiver => ({
  username,
  email,
  recoveryEmail: recoveryEmail?.address ?? null,
  sessionEpoch: sessionEpoch + raised,
  isConfirmed: Boolean(emailConfirmedAt),
});

/** Returns the function that creates the "this wasn't me" links for the emails about a change, one for each address. */
export const createNotMeLinks =
  (user: Types.ObjectId, { sessionEpoch }: Pick<Receiver, "sessionEpoch">): LinkFor =>
  (email) =>
    MailedLink.issue({ purpose: "not-me", user: { _id: user, sessionEpoch }, email });
