import { type Request, Router } from "express";
import { NotFound } from "../../errors.js";
import { DevMail } from "../../models/dev-mail.js";
import { allowFrames, sendIntoFrame } from "../../web/pages/frame.js";

export const mailbox = Router();

mailbox.get("/mailbox", async (_req, res) => {
  const mails = await DevMail.list();
  res.render("system/dev-mailbox/index", {
    mails: mails.map(({ _id, to, subject, at }) => ({ id: String(_id), to, subject, at })),
  });
});

/** The mailbox as JSON, for tests and scripts: `[{ id, to, subject, text, html, at }]`, newest first. */
mailbox.get("/mailbox.json", async (_req, res) => {
  const mails = await DevMail.list();
  res.json(mails.map(({ _id, to, subject, text, html, at }) => ({ id: String(_id), to, subject, text, html, at })));
});

mailbox.get("/mailbox/:id", async (req: Request<{ id: string }>, res) => {
  const { to, subject, text, at } = await find(req.params.id);
  allowFrames(res);
  res.render("system/dev-mailbox/show", { id: req.params.id, to, subject, at, parts: text.split(/(https?:\/\/\S+)/) });
});

/** The email as an email program would display it. */
mailbox.get("/mailbox/:id/html", async (req: Request<{ id: string }>, res) => {
  sendIntoFrame(res, (await find(req.params.id)).html);
});

async function find(id: string) {
  const mail = /^[0-9a-f]{24}$/.test(id) ? await DevMail.findById(id).lean() : null;
  if (!mail) throw new NotFound();
  return mail;
}
