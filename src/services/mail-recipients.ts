import type { Types } from "mongoose";
import { MailedLink } from "../models/mailed-link.js";
import type { User } from "../models/user.js";

/** What emails need to know about a user at the time of the event. Stored with the follow-up (follow-ups.ts). */
export type Receiver = { username: string; email: string; sessionEpoch: number; isConfirmed: boolean };

/**
 * @param user as read before a change
 * @param raised by how much the change raises the epoch, so that links in its emails are valid
 */
export const toReceiver = ({ username, email, sessionEpoch, emailConfirmedAt }: User, raised = 0): Receiver => ({
  username,
  email,
  sessionEpoch: sessionEpoch + raised,
  isConfirmed: Boolean(emailConfirmedAt),
});

/** Lists the user once for each confirmed address, for emails about a lost second factor: they go to all addresses. */
export const listReceivers = (user: User, raised = 0): Receiver[] =>
  user.emailConfirmedAt ? [toReceiver(user, raised)] : [];

/** Creates the "this wasn't me" link for the email about a change. */
export const createNotMeLink = (user: Types.ObjectId, { email, sessionEpoch }: Receiver): Promise<string> =>
  MailedLink.issue({ purpose: "not-me", user: { _id: user, sessionEpoch }, email });
