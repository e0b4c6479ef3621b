import { isUnsubscribeToken, readUnsubscribeUser } from "../../mail/unsubscribe.js";
import { User } from "../../models/user.js";

/**
 * Finds the user whose link in an email this is, or returns null. Null also if the email went to an address that the user
 * no longer has. @param token from the address
 */
export async function findSubscriber(token: string): Promise<User | null> {
  const id = readUnsubscribeUser(token);
  const user = id ? await User.findById(id) : null;
  return user && isUnsubscribeToken(token, user) ? user : null;
}

/** Turns off emails about comments for the user whose link this is. Returns false if the link is invalid. */
export async function unsubscribe(token: string): Promise<boolean> {
  const user = await findSubscriber(token);
  if (user && !user.commentMailsOffAt) await user.setCommentMails(false);
  return user !== null;
}
