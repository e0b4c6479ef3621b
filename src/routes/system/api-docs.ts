import { Router } from "express";
import { config } from "../../config/index.js";
import { presentGroups, presentTypes } from "../../web/present/api-docs.js";
import { described } from "../api/openapi.js";

/** The documentation page of the JSON API, where users can try the calls. */
export const apiDocs = Router();

const base = `${config.baseUrl.origin}/api/v1`;
const page = { base, groups: presentGroups(described, base), types: presentTypes(described) };

apiDocs.get("/", (_req, res) => res.render("system/api-docs/index", page));
