import { type Request, type Response, Router } from "express";
import { actorOf } from "../../../actor.js";
import { config } from "../../../config/index.js";
import { NotFound } from "../../../errors.js";
import { keyOf, onceForm } from "../../../forms/empty.js";
import { entryId } from "../../../forms/fields.js";
import { emailInWords } from "../../../lib/text/email-address.js";
import type { User } from "../../../models/user.js";
import {
  type ConfirmationOutcome,
  type EndOutcome,
  endSessionsOf,
  sendConfirmation,
  sendReset,
} from "../../../services/admin/support.js";
import { readPersonPage } from "../../../services/admin/user-page.js";
import { revokeToken } from "../../../services/api/api-tokens.js";
import { flash } from "../../../web/pages/flash.js";
import { inTokenList } from "../../../web/present/api-tokens.js";
import { inList } from "../../../web/present/posts.js";
import { inPerson } from "../../../web/present/user.js";
import { addressOf, done, type OfPerson, personOf, subjectOf } from "./find-user.js";

/** One person's page, and what is done from it. */
export const person = Router();

person.get("/:id", async (req: OfPerson, res) => {
  const user = await personOf(req);
  const { posts, tokens, ...page } = await readPersonPage(actorOf(req), user, config.sessionAbsoluteMs);
  const lists = { posts: posts.map(inList), tokens: tokens.map(inTokenList) };
  res.render("admin/users/show", { ...page, ...lists, form: onceForm.blank(), person: inPerson(actorOf(req), user) });
});

person.post("/:id/end-sessions", async (req: OfPerson, res) => {
  const user = await subjectOf(req, "users.help");
  const outcome = await endSessionsOf(actorOf(req), user, keyOf(req.body));
  const texts: Record<EndOutcome, string> = {
    done: `All sessions of ${user.username} are ended.`,
    unchanged: `${user.username} was not signed in anywhere.`,
  };
  flash(res, outcome === "done" ? "success" : "info", texts[outcome]);
  res.redirect(303, addressOf(user));
});

person.post("/:id/send-reset", async (req: OfPerson, res) => {
  const user = await subjectOf(req, "users.help");
  answer(res, user, await sendReset(actorOf(req), user, keyOf(req.body)));
});

person.post("/:id/send-confirmation", async (req: OfPerson, res) => {
  const user = await subjectOf(req, "users.help");
  answer(res, user, await sendConfirmation(actorOf(req), user, keyOf(req.body)));
});

person.post("/:id/api-tokens/:token/revoke", async (req: Request<{ id: string; token: string }>, res) => {
  const user = await subjectOf(req, "users.help");
  const token = entryId.safeParse(req.params.token);
  if (!token.success) throw new NotFound();
  await revokeToken(actorOf(req), user, token.data);
  done(res, user, `The token of ${user.username} is revoked, and they are told.`);
});

function answer(res: Response, user: User, outcome: ConfirmationOutcome): void {
  const texts: Record<ConfirmationOutcome, string> = {
    done: `A mail with the link is on its way to ${emailInWords(user.email)}.`,
    disabled: `No mail was sent: ${user.username} is locked out, and a link would not change that.`,
    "no-email": `No mail was sent: ${user.username} has no address. They can log in by name and enter one.`,
    confirmed: `No mail was sent: ${emailInWords(user.email)} is confirmed already.`,
  };
  flash(res, outcome === "done" ? "success" : "info", texts[outcome]);
  res.redirect(303, addressOf(user));
}
