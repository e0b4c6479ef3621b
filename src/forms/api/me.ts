import { z } from "zod";
import { showableGroups } from "../../definitions/profile-fields.js";
import { deletionSchema } from "../account/deletion.js";
import { profileSchema } from "../account/profile.js";
import { defineEndpoint } from "./endpoint.js";
import { fieldsQuery } from "./pagination.js";
import { userResponse } from "./responses.js";

const group = "Own account";
const path = "/users/me";

/** Calls for the user's own account. */
export const meEndpoints = {
  read: defineEndpoint({
    method: "get",
    path,
    group,
    about: "Read your own account",
    who: "person",
    scope: "account.read",
    query: z.object(fieldsQuery(userResponse)),
    answers: { 200: userResponse },
  }),
  change: defineEndpoint({
    method: "patch",
    path,
    group,
    about: "Change your profile",
    details:
      "Omitted fields stay unchanged; empty fields are cleared. Changing the username requires an access token from a login.",
    who: "person",
    scope: "account.edit",
    reads: "account.read",
    body: profileSchema
      .extend({ shown: z.array(z.enum(showableGroups)).max(showableGroups.length).optional() })
      .meta({ override: { examples: [{ firstName: "Ada", bio: "I count.", shown: ["name"] }] } }),
    answers: { 200: userResponse },
    isConditional: true,
  }),
  leave: defineEndpoint({
    method: "delete",
    path,
    group,
    about: "Delete your account",
    details:
      "Schedules your account to be deleted in 14 days and ends all sessions; API tokens work until then. To cancel, log in again and call `DELETE /users/me/deletion`.",
    who: "member",
    scope: null,
    body: deletionSchema,
    answers: { 202: userResponse },
    refusals: { 409: "You're the only superadmin. Make someone else a superadmin first." },
    isConditional: true,
  }),
};
