import { z } from "zod";
import { domainRoles, roleNames } from "../definitions/roles.js";
import { visibilities } from "../definitions/visibility.js";
import { isOnceKey } from "../lib/once-keys.js";
import { canonicalizeEmail } from "../lib/text/email-address.js";
import { findSearchProblem } from "../lib/text/search-terms.js";
import { findSlugProblem } from "../lib/text/slug.js";
import { findUsernameProblem } from "../lib/text/username.js";
import { isPlain, isVisible, line, markdown, normalizeText, text } from "./text.js";

export { line };

/** What is wrong with the place in a list that an address names. */
const onePlace = "Use it only once.";
const noPlace = "There's no such page in the list.";

/** A word that has a rule of its own in lib. */
const word = (missing: string, findProblem: (value: string) => string | null) =>
  z
    .string(missing)
    .trim()
    .superRefine((value, context) => {
      const problem = findProblem(value);
      if (problem) context.addIssue({ code: "custom", message: problem });
    });

export const username = word("Choose a username.", findUsernameProblem);

export const email = z.string("Enter an email address.").transform((value, context) => {
  const canonical = canonicalizeEmail(value);
  if (canonical) return canonical;
  const message = value.trim() ? "Enter a valid email address, like name@example.org." : "Enter an email address.";
  context.addIssue({ code: "custom", message });
  return z.NEVER;
});

/** A new password; its rule needs to know whose it is: `judged` in password-policy.ts. */
export const newPassword = z.string("Choose a password.");

/** A password that is only compared: anything but nothing. */
export const password = z.string("Enter your password.").min(1, "Enter your password.");

/** How an account is named: by its e-mail address in canonical form, or its username. */
const account = (missing: string) =>
  z
    .string(missing)
    .trim()
    .min(1, missing)
    .transform((value) => (value.includes("@") ? (canonicalizeEmail(value) ?? "@") : value.slice(0, 100)));

/** What people log in with. */
export const usernameOrEmail = account("Enter your email address or username.");
/** Somebody else. */
export const otherUser = account("Enter a username.");

/** A box to tick: browsers send "on" or nothing. */
export const tick = z.literal("on", "Select this box or leave it empty.").optional();

/**
 * A field that may come several times, as boxes to tick do: browsers send nothing, one value, or some. Doubles count once.
 * @param most so many values at most
 */
export function many<One extends z.ZodType<string>>(one: One, most: number, message: string) {
  const some = z.array(one, message).max(most, `Select at most ${most}.`);
  return z.preprocess(asList, some).transform((values) => [...new Set(values)]);
}

function asList(value: unknown): unknown {
  if (value === undefined || value === "") return [];
  return typeof value === "string" ? [value] : value;
}

/** Why somebody does something to another one's account; that person reads it. */
export const reason = text("a reason", 500).refine(isVisible, "Enter a reason. They will see it.");

/** What somebody calls one of their devices; nothing takes the name away. */
export const deviceName = line("the name", 60);

/** What a token is for, so that its owner knows it again. */
export const tokenDescription = line("a description", 60).refine(isVisible, "Enter what this token is for.");

export const title = line("a title", 150).refine(isVisible, "Give your post a title.");
export const body = markdown("the text", 10_000).refine(isVisible, "Write some text.");
export const bio = text("your lines", 300);
export const visibility = z.enum(visibilities, "Choose who can read this.");

export const domainName = line("a name", 60).refine(isVisible, "Enter a name for the organization.");
/** The word for something in an address. */
export const slug = word("Enter a web address, for example garden-club.", findSlugProblem);
/** The same after which a list goes on. */
export const afterSlug = z
  .string(onePlace)
  .regex(/^[a-z0-9-]{1,40}$/, noPlace)
  .optional();
/** A domain that is chosen from some. */
export const domain = z.string("Choose an organization.").max(100, "Choose an organization.").optional();
export const domainRole = z.enum(domainRoles, "Choose a role.");
/** A role by its name; who may give which is for policies to say. */
export const role = z.enum(roleNames, "Choose a role.");
/** The word of a domain; nothing means the whole site. */
export const domainOrSite = domain.transform((slug) => slug || null);

/** The key of a form that makes something (lib/once-keys.ts). Programs need none. */
export const onceKeyField = z.string().refine(isOnceKey).optional().catch(undefined);

/** The id of something in the database. */
export const entryId = z.string().regex(/^[0-9a-f]{24}$/);

/** What somebody looks for. */
export const searchAsked = z
  .string("Enter only one search.")
  .overwrite(normalizeText)
  .trim()
  .max(200, "Search for at most 200 characters.")
  .refine(isPlain, "Remove invisible control characters.")
  .superRefine((value, context) => {
    const problem = findSearchProblem(value);
    if (problem) context.addIssue({ code: "custom", message: problem });
  });

/** A whole number from 1 on, in digits alone. */
const wholeNumber = z
  .string(onePlace)
  .regex(/^[1-9]\d{0,14}$/, noPlace)
  .transform(Number);
/** The page of a list. */
export const page = wholeNumber.default(1);
/** Where a list goes on: the number or id after which the next page begins. */
export const beforeNumber = wholeNumber.optional();
export const beforeId = z
  .string(onePlace)
  .regex(/^[0-9a-f]{24}$/, noPlace)
  .optional();
