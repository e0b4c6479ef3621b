import { passwordChangeSchema } from "../../account/password.js";
import { defineEndpoint } from "../endpoint.js";
import { tokensResponse } from "../responses.js";

export const passwordEndpoints = {
  change: defineEndpoint({
    method: "post",
    path: "/users/me/password",
    group: "Own account",
    about: "Change your password",
    details:
      "Ends all other sessions; API tokens stay valid. This session continues with the tokens in the response, and its earlier tokens become invalid.",
    who: "member",
    scope: null,
    body: passwordChangeSchema,
    answers: { 200: tokensResponse },
    refusals: { 409: "The password was changed somewhere else at the same time. Nothing was saved." },
  }),
};
