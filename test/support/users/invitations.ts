import assert from "node:assert/strict";
import { linkIn, mailAbout } from "../mailbox.js";
import { type Member, newPerson } from "../users.js";

/** Invites an email and returns the path of the link. */
export async function invitedBy(
  inviter: Pick<Member, "submit">,
  { email = newPerson().email, role = "user", domain = "" } = {},
): Promise<{ email: string; link: string }> {
  const answer = await inviter.submit("/admin/invitations", { email, role, domain });
  assert.equal(answer.status, 303, answer.text);
  return { email, link: linkIn(await mailAbout(email, /invited/), "/invitations/") };
}

/** Returns the text of an email's entry in the list, without markup; "" if there is none. */
export async function findEntry(reader: Pick<Member, "get">, email: string): Promise<string> {
  const { text } = await reader.get("/admin/invitations");
  const entry = text.split('<li class="invitation ').find((one) => one.includes(`>${email}<`));
  return (entry ?? "").replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
}

/** Returns the path of the button of an email's entry. */
export async function findButton(
  reader: Pick<Member, "get">,
  email: string,
  verb: "resend" | "revoke",
): Promise<string> {
  const { text } = await reader.get("/admin/invitations");
  const entry = text.split('<li class="invitation ').find((one) => one.includes(`>${email}<`)) ?? "";
  return new RegExp(`action="(/admin/invitations/[0-9a-f]{24}/${verb})"`).exec(entry)?.[1] ?? "";
}
