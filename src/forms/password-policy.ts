import type { z } from "zod";
import { findPasswordProblem } from "../lib/passwords/policy.js";

/** Public data of a user. Passwords made of it are refused. */
type Owner = { username: string; email: string };

/**
 * Adds the password policy to a form with a new `password`. Checks it against username and email, even while other
 * fields have errors.
 * @param owner the user's data that the form itself does not contain
 */
export const withPasswordPolicy = <Schema extends z.ZodObject>(schema: Schema, owner: Partial<Owner> = {}) =>
  schema.superRefine(
    (values, context) => {
      const { password, username, email } = { ...values, ...named(owner) } as Record<string, unknown>;
      const words = [username, email].filter((word) => typeof word === "string");
      const problem = typeof password === "string" ? findPasswordProblem(password, { words }) : null;
      if (problem) context.addIssue({ code: "custom", path: ["password"], message: problem });
    },
    { when: () => true },
  );

/** Picks only these fields, because the owner may be a document with many others. */
const named = ({ username, email }: Partial<Owner>) => ({ ...(username && { username }), ...(email && { email }) });
