import { z } from "zod";
import { refusals } from "../../../lib/files/images.js";
import { avatarSchema } from "../../account/avatar.js";
import { defineEndpoint } from "../endpoint.js";
import { textSchema } from "../responses.js";

const common = { path: "/users/me/avatar", group: "Own account", who: "member" } as const;

const avatar = z
  .object({
    state: z.enum(["none", "processing", "rejected", "ready"]).meta({ description: "State of the newest upload" }),
    picture: z.url().nullable().meta({ description: "The picture that is shown, also while a new one is processed" }),
    refusal: z.object({ reason: z.enum(refusals), detail: textSchema }).nullable(),
  })
  .meta({ id: "Avatar", description: "Your profile picture" });

export const avatarEndpoints = {
  read: defineEndpoint({
    ...common,
    method: "get",
    about: "Read the state of your profile picture",
    isResource: true,
    scope: "account.read",
    answers: { 200: avatar },
  }),
  upload: defineEndpoint({
    ...common,
    method: "post",
    about: "Upload a profile picture",
    details:
      "JPEG, PNG, WebP or AVIF: the format is detected from the content. Send a form with the field `avatar`, or the image itself with a Content-Type such as `image/png`. A job then processes it; the earlier picture stays until it is done.",
    scope: "account.edit",
    reads: "account.read",
    isUpload: true,
    isResource: true,
    body: avatarSchema,
    answers: { 202: avatar },
    refusals: { 413: "The image is too large." },
  }),
  remove: defineEndpoint({
    ...common,
    method: "delete",
    about: "Delete your profile picture",
    isConditional: true,
    scope: "account.edit",
    answers: { 204: null },
  }),
};
