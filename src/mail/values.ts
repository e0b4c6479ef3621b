import { isIP } from "node:net";
import { config } from "../config/index.js";
import { roleNames, roles, roleTexts } from "../definitions/roles.js";
import { isDeviceName, UNKNOWN_DEVICE } from "../lib/user-agent.js";

// Users trust our emails, so nobody may write to another user through them: nothing that anybody but the receiver chooses stands in one
// as free text or as a link. Example: a thief with an open session names an API token "Your password is leaked, log in at http://…";
// the email about the new token would say so in our name. Each value that a view of an email shows therefore has a kind here, checked
// when the email is written; one without a kind cannot be shown. What has no safe kind (names of tokens and organizations, addresses
// that others typed) stays out, and the page that the email leads to shows it.

/** What a kind makes of a value; one that only our own code makes is never unfit, and throws. */
type Kind = (value: unknown) => unknown;

const LONGEST_REASON = 500;
const USERNAME = /^[a-z0-9][a-z0-9_-]{0,29}$/i;
const SLUG = /^[a-z0-9-]{1,40}$/;
const TOKEN_BEGINNING = /^pst_[0-9A-Za-z]{0,4}$/;
const LINK = /^\/[a-z-]+\/[\w-]{1,64}$/;

/** The text if it has this form, otherwise something harmless. */
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
 * What the texts of roles were in earlier versions, with those of today: an invitation carries its text, and an update finds
 * invitations in the queue. When a text changes, add the one it replaces here and keep the others.
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

/** What mail programs make a link of, and an address that a reader could type: with a scheme, an @, dots between words or numbers. */
const ADDRESS =
  /[\p{L}\d+.-]+:\/\/\S*|(?:mailto|tel|data|javascript):\S*|\S*@\S*|[^\s]*[\p{L}\d-][.．。｡](?:\p{L}{2,}|\d+[.．。｡]\d+)\S*/giu;

/** Words of those who run the site, to a user who cannot log in and read them: one line, without addresses. */
const reason: Kind = (value) => {
  const line = String(value)
    .toWellFormed()
    .replace(/\p{Default_Ignorable_Code_Point}|\p{Cf}/gu, "");
  const words = line.replace(/[\s\p{C}]+/gu, " ").replace(ADDRESS, "(address left out)");
  return [...words].slice(0, LONGEST_REASON).join("").trim();
};

/** All values that views of emails may show, by their names. */
export const kinds = {
  username,
  /** The user who invites. */
  inviter: username,
  device: (value) => (isDeviceName(String(value)) ? value : UNKNOWN_DEVICE),
  ip: (value) => (isIP(String(value)) ? value : "unknown"),
  at: moment,
  dueAt: moment,
  until: moment,
  /** What the secret of an API token begins with. It is ours; its description is its maker's. */
  beginning: matching(TOKEN_BEGINNING, "pst_"),
  reason,
  /** The word in the address of an organization; its name is free text. */
  domain: matching(SLUG, null),
  /** What an invitation lets its receiver do. */
  what: (value) => {
    const text = formerRoleTexts.get(String(value)) ?? String(value);
    return roleTexts.has(text) ? text : unfit("a sentence of ours");
  },
  given: roleList,
  taken: roleList,
  asAsked: (value) => value === true,
  confirm: link,
  reset: link,
  notMe: link,
  undo: link,
  accept: link,
} as const satisfies Record<string, Kind>;

/** The values of an email; others cannot be named. */
export type MailValues = Partial<Record<keyof typeof kinds, unknown>>;

/** What of these values may stand in an email. @throws for a name without a kind, and for a value of ours that is unfit */
export function toSafeValues(values: Record<string, unknown>): MailValues {
  const named = Object.entries(values).map(([name, value]) => {
    if (!Object.hasOwn(kinds, name))
      throw new Error(`An email shows "${name}", which has no kind (src/mail/values.ts)`);
    return [name, kinds[name as keyof typeof kinds](value)];
  });
  return Object.fromEntries(named);
}
