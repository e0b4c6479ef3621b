import { type Request, type Response, Router } from "express";
import { actorOf } from "../../../actor.js";
import { config } from "../../../config/index.js";
import type { Outcome } from "../../../definitions/outcomes.js";
import { NotFound } from "../../../errors.js";
import { disablingForm } from "../../../forms/admin/user.js";
import { keyOf, onceForm } from "../../../forms/empty.js";
import { entryId } from "../../../forms/fields.js";
import { emailInWords } from "../../../lib/text/email-address.js";
import { disableUser, enableUser } from "../../../services/admin/account-status.js";
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
import { sendBack } from "../../../web/pages/problem-json.js";
import { inTokenList } from "../../../web/present/api-tokens.js";
import { inList } from "../../../web/present/posts.js";
import { inPerson } from "../../../web/present/user.js";
import { addressOf, type OfPerson, personOf, problems, subjectOf } from "./find-user.js";

/** One person's page, and what is done from it. */
export const person = Router();

person.get("/:id", async (req: OfPerson, res) => {
  const user = await personOf(req);
  const { posts, tokens, ...page } = await readPersonPage(actorOf(req), user, config.sessionAbsoluteMs);
  const lists = { posts: posts.map(inList), tokens: tokens.map(inTokenList) };
  res.render("admin/users/show", { ...page, ...lists, form: onceForm.blank(), person: inPerson(actorOf(req), user) });
});

person.get("/:id/disable", async (req: OfPerson, res) => {
  const user = await subjectOf(req, "users.disable");
  res.render("admin/users/disable", { form: disablingForm.blank(), person: inPerson(actorOf(req), user) });
});

person.post("/:id/disable", async (req: OfPerson, res) => {
  const [actor, user] = [actorOf(req), await subjectOf(req, "users.disable")];
  const input = disablingForm.parse(req.body);
  const again = { person: inPerson(actor, user) };
  if (!input.ok) return sendBack(res.status(422), "admin/users/disable", { ...again, form: input.form });
  const problem = problems[await disableUser(actor, user, input.data.reason)];
  if (problem !== null) {
    const form = disablingForm.reject(req.body, { "": problem });
    return sendBack(res.status(422), "admin/users/disable", { ...again, form });
  }
  done(res, user, `${user.username} is locked out and signed out everywhere.`);
});

person.post("/:id/enable", async (req: OfPerson, res) => {
  const user = await subjectOf(req, "users.disable");
  const outcome: Outcome<"done" | "unchanged"> = await enableUser(actorOf(req), user);
  const isOpen = outcome === "done" || !user.disabledAt;
  if (isOpen) return done(res, user, `${user.username} can log in.`);
  flash(res, "error", `The account of ${user.username} is being deleted. It is too late.`);
  res.redirect(303, addressOf(user));
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

type Person = { id: string; username: string; email: string };

function answer(res: Response, user: Person, outcome: ConfirmationOutcome): void {
  const texts: Record<ConfirmationOutcome, string> = {
    done: `A mail with the link is on its way to ${emailInWords(user.email)}.`,
    disabled: `No mail was sent: ${user.username} is locked out, and a link would not change that.`,
    "no-email": `No mail was sent: ${user.username} has no address. They can log in by name and enter one.`,
    confirmed: `No mail was sent: ${emailInWords(user.email)} is confirmed already.`,
  };
  flash(res, outcome === "done" ? "success" : "info", texts[outcome]);
  res.redirect(303, addressOf(user));
}

function done(res: Response, user: Person, text: string): void {
  flash(res, "success", text);
  res.redirect(303, addressOf(user));
}
