import type { z } from "zod";
import { findPasswordProblem, type PasswordOwner } from "../lib/passwords/policy.js";

/**
 * Adds the password policy to a form with a new `password`. Checks it against username and email, even while other
 * fields have errors.
 * @param owner the user's data that the form itself does not contain
 */
export const withPasswordPolicy = <Schema extends z.ZodObject>(schema: Schema, owner: Partial<PasswordOwner> = {}) =>
  schema.superRefine(
    (values, context) => {
      const { password, username, email } = { ...values, ...named(owner) } as Record<string, unknown>;
      const words = [username, email].filter((word) => typeof word === "string");
      if (typeof password !== "string") return;
      const problem = findPasswordProblem(password, { words, hasSecondFactor: owner.hasSecondFactor });
      if (problem) context.addIssue({ code: "custom", path: ["password"], message: problem });
    },
    { when: () => true },
  );

/** Picks only these fields, because the owner may be a document with many others. */
const named = ({ username, email }: Partial<PasswordOwner>) => ({
  ...(username && { username }),
  ...(email && { email }),
});
