import { type Request, Router } from "express";
import { NotFound } from "../../errors.js";
import { KeptMail } from "../../models/kept-mail.js";

export const mailbox = Router();

mailbox.get("/mailbox", async (_req, res) => {
  const mails = await KeptMail.list();
  res.render("dev/mailbox", { mails: mails.map(({ _id, to, subject, at }) => ({ id: String(_id), to, subject, at })) });
});

/** The same for tests and scripts: `[{ id, to, subject, text, html, at }]`, newest first. */
mailbox.get("/mailbox.json", async (_req, res) => {
  const mails = await KeptMail.list();
  res.json(mails.map(({ _id, to, subject, text, html, at }) => ({ id: String(_id), to, subject, text, html, at })));
});

mailbox.get("/mailbox/:id", async (req: Request<{ id: string }>, res) => {
  const mail = /^[0-9a-f]{24}$/.test(req.params.id) ? await KeptMail.findById(req.params.id).lean() : null;
  if (!mail) throw new NotFound();
  const { to, subject, text, at } = mail;
  res.render("dev/mail", { to, subject, text, at });
});
