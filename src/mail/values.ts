import { isIP } from "node:net";
import { config } from "../config/index.js";
import { roleNames, roles, roleTexts } from "../definitions/roles.js";
import { getSitePart } from "../definitions/site-part.js";
import { isDeviceName, UNKNOWN_DEVICE } from "../lib/text/user-agent.js";

// Users trust our emails, so no user may send text to another user through them. Only the recipient can choose free
// text or links that appear in an email. Example: an attacker in an open session names an API token "Your password is
// leaked, log in at http://…", and our email about the new token would repeat that text. Therefore each value that an
// email's view shows has a kind here, which is checked when the email is rendered. A value without a kind cannot be
// shown. Values without a safe kind (names of tokens and organizations, addresses that others typed) are left out; the
// page to which the email links shows them.

/** Converts a value to a safe one. Throws if the value is unfit and only our own code can have produced it. */
type Kind = (value: unknown) => unknown;

const LONGEST_REASON = 500;
const USERNAME = /^[a-z0-9][a-z0-9_-]{0,29}$/i;
const SLUG = /^[a-z0-9-]{1,40}$/;
const TOKEN_BEGINNING = /^pst_[0-9A-Za-z]{0,4}$/;
const LINK = /^\/[a-z-]+\/[\w-]{1,64}$/;

/** Returns the text if it matches the form, otherwise a harmless replacement. */
const matching =
  (form: RegExp, otherwise: string | null): Kind =>
  (value) =>
    typeof value === "string" && form.test(value) ? value : otherwise;

function unfit(what: string): never {
  throw new Error(`A value for an email is not ${what}`);
}

const username = matching(USERNAME, "user");

const link: Kind = (value) => {
  const { origin } = config.baseUrl;
  const isOwn = typeof value === "string" && value.startsWith(origin) && LINK.test(value.slice(origin.length));
  return isOwn ? value : unfit("a link of ours");
};

const moment: Kind = (value) =>
  typeof value === "string" && /^[\dTZ:.-]+$/.test(value) && Date.parse(value) ? value : unfit("a time");

const roleList: Kind = (value) =>
  Array.isArray(value) ? value.filter((one) => roleNames.includes(one)) : unfit("a list of roles");

/**
 * Texts of roles from earlier versions, and their current texts. An invitation in the queue contains the text of its
 * role, and may wait there during an update. When a text changes, add the old text here and keep the others.
 */
export const formerRoleTexts: ReadonlyMap<string, string> = new Map([
  ["do everything: look after people, domains and posts", roles.superadmin.texts.site],
  ["look after the people and posts of the whole site", roles.admin.texts.site],
  ["look after its members and posts", roles.admin.texts.domain],
  ["correct and remove what others posted", roles.editor.texts.site],
  ["correct and remove what its members posted", roles.editor.texts.domain],
  ["read what is for members, and write", roles.user.texts.site],
  ["read what is for its members, and write there", roles.user.texts.domain],
]);

/**
 * Matches everything that email programs turn into links, and addresses that a reader could type: a scheme, an @, or
 * dots between words or numbers.
 */
const ADDRESS =
  /[\p{L}\d+.-]+:\/\/\S*|(?:mailto|tel|data|javascript):\S*|\S*@\S*|[^\s]*[\p{L}\d-][.．。｡](?:\p{L}{2,}|\d+[.．。｡]\d+)\S*/giu;

/** A reason from an admin, for a user who cannot log in to read it. It becomes one line without addresses. */
const reason: Kind = (value) => {
  const line = String(value)
    .toWellFormed()
    .replace(/\p{Default_Ignorable_Code_Point}|\p{Cf}/gu, "");
  const words = line.replace(/[\s\p{C}]+/gu, " ").replace(ADDRESS, "(address left out)");
  return [...words].slice(0, LONGEST_REASON).join("").trim();
};

/** Values of the site's emails: texts that match a pattern of `mailValues` in src/site/definitions.ts; null otherwise. */
const patterns: Record<string, RegExp> = getSitePart("mailValues");
const siteKinds = Object.fromEntries(
  Object.entries(patterns).map(([name, pattern]) => [name, matching(pattern, null)]),
) as { [Name in keyof SiteValues]: Kind };
type SiteValues = ReturnType<typeof getSitePart<"mailValues">>;

/** The kinds of all values that email views may show, by name. */
export const kinds = {
  username,
  /** The user who sent the invitation. */
  inviter: username,
  /** The user who commented. */
  commenter: username,
  /** The id of a comment, for its address. */
  comment: (value) => (/^[0-9a-f]{24}$/.test(String(value)) ? value : unfit("an id")),
  /** The id of a webhook, for its page. */
  webhook: (value) => (/^[0-9a-f]{24}$/.test(String(value)) ? value : unfit("an id")),
  device: (value) => (isDeviceName(String(value)) ? value : UNKNOWN_DEVICE),
  ip: (value) => (isIP(String(value)) ? value : "unknown"),
  at: moment,
  dueAt: moment,
  until: moment,
  /** A day of the audit log, and its head. */
  day: (value) => (/^\d{4}-\d\d-\d\d$/.test(String(value)) ? value : unfit("a day")),
  head: (value) => (/^[0-9a-f]{64}$/.test(String(value)) ? value : unfit("a head")),
  /** The number of recovery codes that are left. */
  left: (value) => (Number.isInteger(value) ? Number(value) : 0),
  /** First characters of an API token's secret. We generate them; its description would be free text of the owner. */
  beginning: matching(TOKEN_BEGINNING, "pst_"),
  reason,
  /** The slug of an organization. Its name is not used, because it is free text. */
  domain: matching(SLUG, null),
  /** The sentence that says what an invitation allows its recipient to do. */
  what: (value) => {
    const text = formerRoleTexts.get(String(value)) ?? String(value);
    return roleTexts.has(text) ? text : unfit("a sentence of ours");
  },
  given: roleList,
  taken: roleList,
  asAsked: (value) => value === true,
  isByAdmin: (value) => value === true,
  isByFactor: (value) => value === true,
  needsAdmin: (value) => value === true,
  confirm: link,
  reset: link,
  notMe: link,
  undo: link,
  start: link,
  cancel: link,
  accept: link,
  unsubscribe: link,
  ...siteKinds,
} as const satisfies Record<string, Kind>;

/** The values of an email. Other names do not compile. */
export type MailValues = Partial<Record<keyof typeof kinds, unknown>>;

/**
 * Converts the values of an email to safe ones. @throws Error for a name without a kind, or an unfit value from our own
 * code
 */
export function toSafeValues(values: Record<string, unknown>): MailValues {
  const named = Object.entries(values).map(([name, value]) => {
    if (!Object.hasOwn(kinds, name))
      throw new Error(`An email shows "${name}", which has no kind (src/mail/values.ts)`);
    return [name, kinds[name as keyof typeof kinds](value)];
  });
  return Object.fromEntries(named);
}
