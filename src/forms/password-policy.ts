import type { z } from "zod";
import { findPasswordProblem } from "../lib/passwords/policy.js";

/** What everyone may know of somebody: a password made of it is refused. */
type Owner = { username: string; email: string };

/**
 * A form whose `password` is a new one: judged with the name and address of its owner, even while other fields have
 * mistakes.
 * @param owner whose it will be, as far as the form does not have their name and address itself
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

/** Only these: an owner may be a document with much more. */
const named = ({ username, email }: Partial<Owner>) => ({ ...(username && { username }), ...(email && { email }) });
