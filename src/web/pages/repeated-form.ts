import type { Request, Response } from "express";
import type { RequestUser } from "../../actor.js";
import { isRecent } from "../guards.js";
import { isMailedLink } from "../secret-urls.js";
import { flash } from "./flash.js";
import { findNextPage, HOME } from "./return-to.js";
import { readCarried } from "./typed.js";

/** Where users go whose form has already done what it is for, and what they read there. */
type Destination = { to: string; text?: string };

/**
 * Leads on from a form whose token is no longer valid because its purpose is fulfilled. Nothing is done: a page says what holds.
 *
 * Example: a user has the login page open in two tabs and logs in in the first. Sent from the second one, the form of a
 * visitor comes with a user's session. The user is logged in, as they wanted, so they get to the page behind the login.
 * @param path that the form was sent to
 * @returns false when the purpose is not fulfilled
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

/** Forms that users pass on their way to a page: what they read when they are past it already, in another tab; null while they are not. */
const whatHolds: Record<string, (req: Request, user: RequestUser) => string | null> = {
  "/login": loggedInAs,
  "/register": loggedInAs,
  "/email-confirmation": (_req, user) => (user.isEmailConfirmed ? "Your email address is confirmed." : null),
  "/reauthenticate": (req) => (isRecent(req) ? "You have already confirmed it's you." : null),
};

/** Whether the page of a mailed link says that the link was used; it says so without its button, or on another page. */
async function didItsWork(req: Request, path: string): Promise<boolean> {
  const visit = await req.visit?.(path);
  return visit?.kind === "redirect" || (visit?.kind === "view" && visit.view === "auth/mailed-links/done");
}
