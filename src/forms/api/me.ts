import { z } from "zod";
import { user } from "./answers.js";
import { defineCall } from "./call.js";
import { fieldsOf } from "./lists.js";

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
};
