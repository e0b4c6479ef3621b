import { readUnsubscribeToken } from "../../mail/unsubscribe.js";
import { User } from "../../models/user.js";

/** Finds the user whose link in an email this is, or returns null. @param token from the address */
export async function findSubscriber(token: string): Promise<User | null> {
  const id = readUnsubscribeToken(token);
  return id ? User.findById(id) : null;
}

/** Turns off emails about comments for the user whose link this is. Returns false if the link is invalid. */
export async function unsubscribe(token: string): Promise<boolean> {
  const user = await findSubscriber(token);
  if (user && !user.commentMailsOffAt) await user.setCommentMails(false);
  return user !== null;
}
