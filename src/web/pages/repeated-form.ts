import type { Request, Response } from "express";
import type { RequestUser } from "../../actor.js";
import { isRecent } from "../guards.js";
import { isMailedLink } from "../secret-urls.js";
import { flash } from "./flash.js";
import { findNextPage, HOME } from "./return-to.js";
import { readCarried } from "./typed.js";

/** Where to redirect a user whose form has already done its work, and the message there. */
type Destination = { to: string; text?: string };

/**
 * Redirects after a form whose token is no longer valid because its purpose has already been achieved. Changes nothing;
 * the page shows the current state.
 *
 * Example: a user has the login page open in two tabs and logs in with the first one. The form in the second tab was
 * rendered for a visitor, but is sent with the user's session. The user is already logged in, so they are redirected to
 * the page after the login.
 * @param path where the form was sent to
 * @returns false if the purpose has not been achieved
 */
export async function answerRepeatedForm(req: Request, res: Response, path: string): Promise<boolean> {
  const outcome = await findOutcome(req, path);
  if (!outcome) return false;
  if (outcome.text) flash(res, "info", outcome.text);
  res.redirect(303, outcome.to);
  return true;
}

async function findOutcome(req: Request, path: string): Promise<Destination | null> {
  const { user } = req;
  if (isMailedLink(path)) return (await didItsWork(req, path)) ? { to: path } : null;
  if (!user) return path === "/logout" && !readCarried(req) ? { to: "/", text: "You are logged out." } : null;
  if (path === "/impersonation/end" && !req.impersonator) return { to: HOME, text: `You are ${user.username} again.` };
  const text = readCarried(req) ? undefined : whatHolds[path]?.(req, user);
  if (!text) return null;
  return { to: await findNextPage(req), text };
}

const loggedInAs = (_req: Request, { username }: RequestUser) =>
  `You are already logged in as ${username}. To use another account, log out first.`;

/** Messages for users who have already completed this form in another tab; null if they have not. */
const whatHolds: Record<string, (req: Request, user: RequestUser) => string | null> = {
  "/login": loggedInAs,
  "/register": loggedInAs,
  "/email-confirmation": (_req, user) => (user.isEmailConfirmed ? "Your email address is confirmed." : null),
  "/reauthenticate": (req) => (isRecent(req) ? "You have already confirmed it's you." : null),
};

/** Returns true if the link has been used: its page shows no button any more, or redirects to another page. */
async function didItsWork(req: Request, path: string): Promise<boolean> {
  const visit = await req.visit?.(path);
  return visit?.kind === "redirect" || (visit?.kind === "view" && visit.view === "auth/mailed-links/done");
}
