import { convert } from "html-to-text";
import { config, root } from "../config.js";
import { time } from "../lib/dates.js";
import { loadViews, type Page } from "../lib/views.js";

const draw = loadViews(`${root}views`, { reload: config.environment === "development", lazy: true });

/** A mail as it is sent. */
export type Written = { subject: string; html: string; text: string };

/** Writes a mail: its view as HTML in the layout of mails, and the same as plain text. The view's title is the subject. */
export function writeMail(view: string, locals: Record<string, unknown>): Written {
  const page: Page = { layout: "layouts/mail" };
  const shared = { appName: config.appName, baseUrl: config.baseUrl.origin, time };
  const html = draw(`mail/${view}`, locals, shared, page);
  return { subject: `${page.title} · ${config.appName}`, html, text: plain(html) };
}

const plain = (html: string) =>
  convert(html, {
    wordwrap: 76,
    selectors: [
      { selector: "a", options: { linkBrackets: false, hideLinkHrefIfSameAsText: true } },
      { selector: "h1", options: { uppercase: false } },
      { selector: ".preview", format: "skip" },
    ],
  });
