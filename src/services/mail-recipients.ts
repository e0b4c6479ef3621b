import type { Types } from "mongoose";
import { MailedLink } from "../models/mailed-link.js";
import type { User } from "../models/user.js";

/** What emails need to know of a user, as it was when something happened: stored with what is left to do (follow-ups.ts). */
export type Receiver = { username: string; email: string; sessionEpoch: number; isConfirmed: boolean };

/** @param user as read before a change. @param raised how far the change raises the epoch, so that links mailed now are valid after it */
export const toReceiver = ({ username, email, sessionEpoch, emailConfirmedAt }: User, raised = 0): Receiver => ({
  username,
  email,
  sessionEpoch: sessionEpoch + raised,
  isConfirmed: Boolean(emailConfirmedAt),
});

/** The link "this was not me" for the email about a change. */
export const createNotMeLink = (user: Types.ObjectId, { email, sessionEpoch }: Receiver): Promise<string> =>
  MailedLink.issue({ purpose: "not-me", user: { _id: user, sessionEpoch }, email });
