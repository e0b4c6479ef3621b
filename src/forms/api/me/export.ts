import { z } from "zod";
import { defineEndpoint } from "../endpoint.js";
import { idSchema, timeSchema } from "../responses.js";

const path = "/users/me/export";
const common = { group: "Own account", who: "member", scope: null } as const;

const file = z.object({ url: z.url(), bytes: z.int() });
const state = z
  .object({
    state: z.enum(["none", "processing", "ready"]),
    requestedAt: timeSchema.nullable(),
    readyAt: timeSchema.nullable(),
    expiresAt: timeSchema.nullable().meta({ description: "When the download expires" }),
    json: file.nullable().meta({ description: "All data as JSON" }),
    zip: file.nullable().meta({ description: "All data as JSON, plus your posts and pictures as files" }),
  })
  .meta({ id: "Export", description: "Your newest data export" });

const download = {
  ...common,
  method: "get",
  params: z.object({ id: idSchema }),
  details: "Requires a login within the last ten minutes.",
} as const;

export const exportEndpoints = {
  read: defineEndpoint({
    ...common,
    method: "get",
    path,
    about: "Read the state of your data export",
    answers: { 200: state },
  }),
  request: defineEndpoint({
    ...common,
    method: "post",
    path,
    about: "Request an export of your data",
    details:
      "Requires a login within the last ten minutes. A job makes the files; while one is being made, no other one is started.",
    answers: { 202: state },
  }),
  json: defineEndpoint({
    ...download,
    path: `${path}/:id/data.json`,
    about: "Download your data as JSON",
    download: "application/json",
    answers: { 200: z.looseObject({}) },
  }),
  zip: defineEndpoint({
    ...download,
    path: `${path}/:id/data.zip`,
    about: "Download your data as ZIP",
    download: "application/zip",
    answers: { 200: z.unknown().meta({ override: { type: "string", format: "binary" } }) },
  }),
};
