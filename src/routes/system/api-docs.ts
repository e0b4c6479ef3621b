import { Router } from "express";
import { config } from "../../config/index.js";
import { presentGroups, presentTypes } from "../../web/present/api-docs.js";
import { describeApi } from "../api/openapi.js";

/** The documentation page of the JSON API, where users can try the calls. */
export const apiDocs = Router();

const base = `${config.baseUrl.origin}/api/v1`;
let page: object | undefined;

apiDocs.get("/", (_req, res) => {
  page ??= createPage();
  res.render("system/api-docs/index", page);
});

function createPage() {
  const described = describeApi();
  return { base, groups: presentGroups(described, base), types: presentTypes(described) };
}
