import { type Request, Router } from "express";
import {
  createProblemExample,
  getProblemType,
  isProblemName,
  type ProblemName,
  problemKinds,
  problemNames,
} from "../../definitions/problems.js";
import { NotFound } from "../../errors.js";

/** The pages that explain the kinds of errors: the `type` of a problem document is the address of its page. */
export const problemPages = Router();

const present = (name: ProblemName) => ({ ...problemKinds[name], kind: name, address: getProblemType(name) });

problemPages.get("/", (_req, res) => {
  res.render("system/problems/index", { problems: problemNames.map(present) });
});

problemPages.get("/:name", (req: Request<{ name: string }>, res) => {
  const { name } = req.params;
  if (!isProblemName(name)) throw new NotFound();
  const example = JSON.stringify(createProblemExample(name), null, 2);
  res.render("system/problems/show", { problem: present(name), example });
});
