import { model, Schema, trusted } from "mongoose";
import { isDuplicate } from "../database/errors.js";

const DAYS = 86_400_000;
/** Retention time of development emails. */
export const MAIL_KEPT_MS = 7 * DAYS;
const MOST_SHOWN = 200;
/** Maximum number of stored emails. With more, the oldest ones are deleted. */
const MOST_KEPT = 1_000;

const schema = new Schema({
  to: { type: String, required: true },
  subject: { type: String, required: true },
  text: { type: String, required: true },
  html: { type: String, required: true },
  at: { type: Date, required: true },
});
schema.index({ at: -1 }, { expireAfterSeconds: MAIL_KEPT_MS / 1000 });

const mails = model("KeptMail", schema);

/** Emails that were not sent, because no mail server is configured. /dev/mailbox shows them. */
export const DevMail = Object.assign(mails, {
  /** Stores an email. @param id the job's id, so that a retried email is stored only once */
  async keep(id: string, mail: { to: string; subject: string; text: string; html: string }): Promise<void> {
    await mails.create({ _id: id, ...mail, at: new Date() }).catch((error: unknown) => {
      if (!isDuplicate(error, "_id")) throw error;
    });
    const [tooOld] = await mails.find().sort({ at: -1 }).skip(MOST_KEPT).limit(1).select("at").lean();
    if (tooOld) await mails.deleteMany({ at: trusted({ $lte: tooOld.at }) });
  },

  /** Lists emails, newest first. */
  async list() {
    return mails.find().sort({ at: -1, _id: -1 }).limit(MOST_SHOWN).lean();
  },
});
