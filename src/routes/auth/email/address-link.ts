import { type Request, type Response, Router } from "express";
import { type Actor, getActor } from "../../../actor.js";
import { isTaken, type Outcome } from "../../../definitions/outcomes.js";
import { AddressTaken, BadRequest, InvalidLink } from "../../../errors.js";
import { buttonForm } from "../../../forms/empty.js";
import { formatEmail } from "../../../lib/text/email-address.js";
import { MailedLink } from "../../../models/mailed-link.js";
import type { User } from "../../../models/user.js";
import type { EmailLinkResult } from "../../../services/account/email-change.js";
import { flash } from "../../../web/pages/flash.js";
import { showDone } from "../../../web/pages/used-link.js";
import { rateLimits } from "../../../web/rate-limits.js";

type WithToken = Request<{ token: string }>;

/** A link that confirms a new address of an account. */
type AddressLink = {
  purpose: "email-change" | "recovery-email";
  /** The page of the account that shows the address. */
  page: string;
  /** The heading after the link was used. */
  title: string;
  describeDone: (email: string, user: User) => string;
  /** What to add if another account has the address. */
  taken: string;
  /** Uses the link. Returns null if it is invalid. */
  confirm: (actor: Actor, token: string) => Promise<EmailLinkResult | null>;
  /** Runs after the link was used, not if it had been used before. */
  afterwards?: (req: Request, user: User) => Promise<void>;
};

/** Serves the page that such a link opens, and its button. The view gets the address as `email`, and the one `before`. */
export function serveAddressLink({
  purpose,
  page,
  title,
  describeDone,
  taken,
  confirm,
  afterwards,
}: AddressLink): Router {
  const router = Router();

  router.get("/:token", async (req: WithToken, res) => {
    const { token } = req.params;
    const grant = await MailedLink.find(token, purpose);
    if (!grant) return showUsed(token, res);
    const { username, email: before } = grant.user;
    res.render(`auth/${purpose}/show`, { token, email: grant.email, before, username });
  });

  async function showUsed(token: string, res: Response): Promise<void> {
    const used = await MailedLink.findUsed(token, purpose);
    if (!used) throw new InvalidLink(page);
    showDone(res, { title, text: describeDone(used.email, used.user), to: page, button: "Go to your account" });
  }

  router.post("/:token", rateLimits.links, async (req: WithToken, res) => {
    if (!buttonForm.parse(req.body).ok) throw new BadRequest();
    const confirmed = await confirm(getActor(req), req.params.token);
    if (!confirmed) throw new InvalidLink(page);
    const { user, email, outcome } = confirmed;
    if (isTaken(outcome)) throw new AddressTaken(formatEmail(email), taken);
    outcome satisfies Outcome<"done" | "used">;
    flash(res, "success", describeDone(email, user));
    if (outcome === "done") await afterwards?.(req, user);
    res.redirect(303, req.user ? page : "/login");
  });

  return router;
}
