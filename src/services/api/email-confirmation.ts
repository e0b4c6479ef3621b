import type { Actor } from "../../actor.js";
import type { Outcome } from "../../definitions/outcomes.js";
import { MailedLink } from "../../models/mailed-link.js";
import type { User } from "../../models/user.js";
import { confirmEmail } from "../account/email-confirmation.js";
import { isPasswordOfSignUp, isProgramOfSignUp } from "../account/register/proof.js";

const PURPOSE = "email-confirmation";
type Sent = { token: string; password?: string | undefined };

/**
 * Confirms an email for an API client. Only the client that registered the email, or a client with the password, can do
 * this, because a stranger may have made the registration. A repeated request gets the same response.
 * @returns null if the link is invalid
 */
export async function confirmRegistration(
  actor: Actor,
  { token, password }: Sent,
): Promise<User | Outcome<"wrong-password"> | null> {
  const grant = await MailedLink.find(token, PURPOSE);
  if (grant) {
    const { user } = grant;
    const isOwn =
      password === undefined ? await isProgramOfSignUp(actor, user) : await isPasswordOfSignUp(actor, user, password);
    if (!isOwn) return "wrong-password";
    const confirmed = await confirmEmail(actor, grant);
    if (confirmed) return confirmed;
  }
  return (await MailedLink.findUsed(token, PURPOSE))?.user ?? null;
}
