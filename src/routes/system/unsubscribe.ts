import express, { type Request, Router } from "express";
import { InvalidLink } from "../../errors.js";
import { findSubscriber, unsubscribe } from "../../services/account/notifications.js";

// A link in an email turns off emails about comments. Its secret is the proof: email programs send the POST without cookies
// (RFC 8058), so it has neither a session nor a CSRF token.

/** The page with a button: opening the link changes nothing, because programs that scan emails open links too. */
export const unsubscribePage = Router();

unsubscribePage.get("/:token", async (req: Request<{ token: string }>, res) => {
  const { token } = req.params;
  const user = await findSubscriber(token);
  if (!user) throw createInvalid();
  res.render("account/unsubscribe", { token, username: user.username, isOff: Boolean(user.commentMailsOffAt) });
});

/** The button of the page, and that of email programs, which must not be redirected (RFC 8058, 3.1). */
export const oneClickUnsubscribe = Router();

/** As text: programs may send this form in any encoding. */
const body = express.text({ type: () => true, limit: "2kb" });

oneClickUnsubscribe.post("/:token", body, async (req: Request<{ token: string }>, res) => {
  const { token } = req.params;
  if (!(await unsubscribe(token))) throw createInvalid();
  if (/One-Click/.test(String(req.body))) return void res.type("text").send("You won't get these emails any more.\n");
  res.redirect(303, `/unsubscribe/${token}`);
});

const createInvalid = () =>
  new InvalidLink(
    "/account/notifications",
    "Choose your emails",
    "Log in and choose in your account which emails you get.",
  );
