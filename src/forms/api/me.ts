import { z } from "zod";
import { showables } from "../../definitions/profile-fields.js";
import { leaving } from "../account/deletion.js";
import { profileSchema } from "../account/profile.js";
import { defineCall } from "./endpoint.js";
import { fieldsOf } from "./pagination.js";
import { user } from "./responses.js";

const group = "Own account";
const path = "/users/me";

/** What somebody does with their own account. */
export const me = {
  read: defineCall({
    method: "get",
    path,
    group,
    about: "Read your own account",
    who: "person",
    scope: "account.read",
    query: z.object(fieldsOf(user)),
    answers: { 200: user },
  }),
  change: defineCall({
    method: "patch",
    path,
    group,
    about: "Change your profile",
    details:
      "What you do not send stays; what you send empty goes. A new username takes a login: no API token may change how you log in.",
    who: "person",
    scope: "account.edit",
    reads: "account.read",
    body: profileSchema
      .extend({ shown: z.array(z.enum(showables)).max(showables.length).optional() })
      .meta({ override: { examples: [{ firstName: "Ada", bio: "I count.", shown: ["name"] }] } }),
    answers: { 200: user },
    isConditional: true,
  }),
  leave: defineCall({
    method: "delete",
    path,
    group,
    about: "Leave",
    details:
      "The account will be deleted in 14 days, and every login but API tokens ends, which work until then. You can log in again and change your mind in a browser.",
    who: "member",
    scope: null,
    body: leaving,
    answers: { 202: user },
    refusals: { 409: "You are the only superadmin: make somebody else one first." },
    isConditional: true,
  }),
};
