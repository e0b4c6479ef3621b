import { z } from "zod";
import { domainRoles, roleNames } from "../definitions/roles.js";
import { visibilities } from "../definitions/visibility.js";
import { isOnceKey } from "../lib/once-keys.js";
import { LONGEST_PASSWORD } from "../lib/passwords/hash.js";
import { getMinPasswordLength, SHORTEST_PASSWORD } from "../lib/passwords/length.js";
import { canonicalizeEmail, LONGEST_ADDRESS } from "../lib/text/email-address.js";
import { findSearchProblem } from "../lib/text/search-terms.js";
import { findSlugProblem } from "../lib/text/slug.js";
import { findUsernameProblem, usernameLimits } from "../lib/text/username.js";
import { isPlain, isVisible, line, markdown, normalizeText, text } from "./text.js";

export { line };

/** Messages for an invalid position in a list. */
const onePlace = "This parameter may appear only once.";
const noPlace = "There's no such page in the list.";

/** A word that is checked by a function of lib. */
const word = (missing: string, findProblem: (value: string) => string | null) =>
  z
    .string(missing)
    .trim()
    .superRefine((value, context) => {
      const problem = findProblem(value);
      if (problem) context.addIssue({ code: "custom", message: problem });
    });

export const username = word("Choose a username.", findUsernameProblem).meta(usernameLimits);

export const email = z
  .string("Enter an email address.")
  .transform((value, context) => {
    const canonical = canonicalizeEmail(value);
    if (canonical) return canonical;
    const message = value.trim() ? "Enter a valid email address, like name@example.org." : "Enter an email address.";
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  })
  .meta({ type: "string", format: "email", maxLength: LONGEST_ADDRESS });

/** A new password; `withPasswordPolicy` in password-policy.ts checks it, because the rule needs its owner. */
const chosenPassword = z.string("Choose a password.").meta({ format: "password", maxLength: LONGEST_PASSWORD });

/** The password of a new user. The minimum is read when the API is documented: the start of the app sets it. */
export const newPassword = chosenPassword.meta({
  get minLength() {
    return getMinPasswordLength();
  },
});

/** The new password of an existing user, whose minimum depends on a second factor. */
export const changedPassword = chosenPassword.meta({
  minLength: SHORTEST_PASSWORD,
  get description() {
    return `Users without a second factor need at least ${getMinPasswordLength()} characters.`;
  },
});

/** A password for a comparison: any non-empty text. */
export const password = z.string("Enter your password.").min(1, "Enter your password.").meta({ format: "password" });

/** An account, given by its username or by its email. The email is converted to its canonical form. */
const account = (missing: string) =>
  z
    .string(missing)
    .trim()
    .min(1, missing)
    .transform((value) => (value.includes("@") ? (canonicalizeEmail(value) ?? "@") : value.slice(0, 100)));

export const usernameOrEmail = account("Enter your email address or username.");
/** The username or email of another user. */
export const otherUser = account("Enter a username.").meta({ maxLength: LONGEST_ADDRESS });

/** A checkbox. Browsers send "on" if it is ticked, otherwise nothing. */
export const tick = z.literal("on", "Select this box or leave it empty.").optional();

/**
 * A field that can have several values, such as a group of checkboxes. Browsers send none, one or several. Duplicates
 * are removed.
 * @param most maximum number of values
 */
export function many<One extends z.ZodType<string>>(one: One, most: number, message: string) {
  const some = z.array(one, message).max(most, `Select at most ${most}.`);
  return z.preprocess(asList, some).transform((values) => [...new Set(values)]);
}

function asList(value: unknown): unknown {
  if (value === undefined || value === "") return [];
  return typeof value === "string" ? [value] : value;
}

/** Reason for an action on another user's account; that user reads it. */
export const reason = text("a reason", 500)
  .refine(isVisible, "Enter a reason. They will see it.")
  .meta({ minLength: 1 });

/** The name of a device. An empty value removes the name. */
export const deviceName = line("the name", 60);

/** Purpose of a token, so that its owner can recognize it. */
export const tokenDescription = line("a description", 60)
  .refine(isVisible, "Enter what this token is for.")
  .meta({ minLength: 1 });

export const title = line("a title", 150).refine(isVisible, "Give the post a title.").meta({ minLength: 1 });
export const body = markdown("the text", 10_000).refine(isVisible, "Write some text.").meta({ minLength: 1 });
export const comment = markdown("a comment", 2_000).refine(isVisible, "Write a comment.").meta({ minLength: 1 });
export const bio = text("the text", 300);
export const visibility = z.enum(visibilities, "Choose who can read this.");

export const domainName = line("a name", 60)
  .refine(isVisible, "Enter a name for the organization.")
  .meta({ minLength: 1 });
/** The part of an address that names something. */
export const slug = word("Enter a web address, for example garden-club.", findSlugProblem).meta({ maxLength: 40 });
/** The slug of the last item before a page. */
export const afterSlug = z
  .string(onePlace)
  .regex(/^[a-z0-9-]{1,40}$/, noPlace)
  .optional();
/** A domain selected from a list. */
export const domain = z.string("Choose an organization.").max(100, "Choose an organization.").optional();
export const domainRole = z.enum(domainRoles, "Choose a role.");
/** Any role. Policies decide who may grant which role. */
export const role = z.enum(roleNames, "Choose a role.");
/** The slug of a domain, or an empty value for the whole site. */
export const domainOrSite = domain.transform((slug) => slug || null);

/** The once key of a form that creates something (lib/once-keys.ts). API clients need none. */
export const onceKeyField = z.string().refine(isOnceKey).optional().catch(undefined);

/** A database id. */
export const entryId = z.string().regex(/^[0-9a-f]{24}$/);

/** A search text. */
export const searchAsked = z
  .string("Enter a single search.")
  .overwrite(normalizeText)
  .trim()
  .max(200, "Search for at most 200 characters.")
  .refine(isPlain, "Remove invisible control characters.")
  .superRefine((value, context) => {
    const problem = findSearchProblem(value);
    if (problem) context.addIssue({ code: "custom", message: problem });
  });

/** A positive whole number of digits only. */
const wholeNumber = z
  .string(onePlace)
  .regex(/^[1-9]\d{0,14}$/, noPlace)
  .transform(Number);
/** The number of a page. */
export const page = wholeNumber.default(1);
/** The number or id of the last item before the requested page. */
export const beforeNumber = wholeNumber.optional();
export const beforeId = z
  .string(onePlace)
  .regex(/^[0-9a-f]{24}$/, noPlace)
  .optional();
