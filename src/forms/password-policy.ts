import type { z } from "zod";
import { findPasswordProblem } from "../lib/passwords/policy.js";

/** Public data of a user: a password made of it is refused. */
type Owner = { username: string; email: string };

/**
 * Adds the password policy to a form with a new `password`: it is checked against username and email, even while other fields
 * have errors.
 * @param owner the user's data, as far as the form does not contain it
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

/** Picks these fields only: the owner may be a document with many more. */
const named = ({ username, email }: Partial<Owner>) => ({ ...(username && { username }), ...(email && { email }) });
