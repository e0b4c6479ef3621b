import { z } from "zod";
import { eventTypes } from "../../definitions/public-events.js";
import { isPrivateLiteral } from "../../lib/network/outgoing.js";
import { line, many, onceKeyField } from "../fields.js";
import { defineForm } from "../form.js";
import { isVisible } from "../text.js";

const LONGEST_URL = 500;

type Rules = {
  /** True allows private networks, and addresses without https (WEBHOOKS_ALLOW_PRIVATE). */
  mayBePrivate: boolean;
};

/** Returns the message about an address that cannot be used, or null. Names are checked when an event is sent. */
function findUrlProblem(value: string, { mayBePrivate }: Rules): string | null {
  const url = URL.canParse(value) ? new URL(value) : null;
  const schemes = mayBePrivate ? ["https:", "http:"] : ["https:"];
  if (!url || !schemes.includes(url.protocol)) return "Enter an address that begins with https://.";
  if (value.length > LONGEST_URL) return `The address can have at most ${LONGEST_URL} characters.`;
  if (url.username || url.password) return "Leave out the username and the password. Check the signature instead.";
  if (url.hash) return "Leave out the part after #. It is never sent.";
  return !mayBePrivate && isPrivateLiteral(url) ? "This address belongs to a private network." : null;
}

/** The form of a webhook. @param rules of this installation */
export const createWebhookForm = (rules: Rules) =>
  defineForm(
    z.strictObject({
      url: z
        .string("Enter an address.")
        .trim()
        .superRefine((value, context) => {
          const message = findUrlProblem(value, rules);
          if (message) context.addIssue({ code: "custom", message });
        })
        .meta({ maxLength: LONGEST_URL }),
      description: line("a description", 60)
        .refine(isVisible, "Enter what this webhook is for.")
        .meta({ minLength: 1 }),
      types: many(z.enum(eventTypes, "Choose from the list."), eventTypes.length, "Choose from the list.").refine(
        (types) => types.length > 0,
        "Select at least one event.",
      ),
      once: onceKeyField,
    }),
  );
