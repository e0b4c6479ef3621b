import { convert, type FormatCallback } from "html-to-text";
import { config, root } from "../config/index.js";
import { formatTime } from "../lib/text/dates.js";
import { formatEmail } from "../lib/text/email-address.js";
import { loadViews, type Page } from "../lib/view-engine.js";
import { findView } from "./find-view.js";
import { inlineStyles } from "./styles.js";
import { toSafeValues } from "./values.js";

const draw = loadViews(`${root}views`, { reload: config.environment === "development", lazy: true });

/** An email, ready to send. */
export type WrittenMail = { subject: string; html: string; text: string };

/**
 * Renders an email: its view as HTML in the email layout, and the same as plain text. The title of the view is the
 * subject.
 */
export function writeMail(view: string, locals: Record<string, unknown>): WrittenMail {
  const page: Page = { layout: "layouts/mail" };
  const { appName, registration, contactAddress: contact } = config;
  const shared = { appName, registration, contact, baseUrl: config.baseUrl.origin, formatTime, formatEmail };
  const html = inlineStyles(draw(findView(view), toSafeValues(locals), shared, page));
  return { subject: `${page.title} · ${config.appName}`, html, text: plain(html) };
}

const selectors = [
  { selector: ".head", format: "skip" },
  { selector: ".preview", format: "skip" },
  { selector: "h1", options: { uppercase: false } },
  { selector: "a.link", format: "ownLine" },
  { selector: "a.link-quiet", format: "ownLine" },
  { selector: ".address", format: "skip" },
  { selector: ".facts", format: "block", options: { leadingLineBreaks: 2, trailingLineBreaks: 2 } },
  { selector: ".alarm", format: "block", options: { leadingLineBreaks: 3, trailingLineBreaks: 1 } },
  { selector: ".foot", format: "signature" },
];

/** Renders a link as its text, then its address on a separate line, because email programs break longer lines. */
const ownLine: FormatCallback = ({ children = [], attribs = {} }, walk, builder) => {
  builder.openBlock({ leadingLineBreaks: 2 });
  walk(children, builder);
  builder.addInline(":");
  builder.addLineBreak();
  builder.addInline(attribs.href ?? "", { noWordTransform: true });
  builder.closeBlock({ trailingLineBreaks: 2 });
};

/** Starts the signature with "-- ", which email programs recognize. */
const signature: FormatCallback = ({ children = [] }, walk, builder) => {
  builder.openBlock({ leadingLineBreaks: 2 });
  builder.addLiteral("-- ");
  builder.addLineBreak();
  walk(children, builder);
  builder.closeBlock();
};

const plain = (html: string) => convert(html, { wordwrap: 76, formatters: { ownLine, signature }, selectors });
