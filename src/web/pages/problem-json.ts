import type { Request, RequestHandler, Response } from "express";
import { hasAddress } from "../../definitions/features.js";
import { findProblemName, getProblemType, type ProblemName, problemKinds } from "../../definitions/problems.js";
import { NotAcceptable, UnsupportedMediaType } from "../../errors.js";

/** Returns true for requests to the JSON API. It has no pages. */
export const isApi = (req: Request): boolean => /^(https?:\/\/[^/?]*)?\/api([/?]|$)/i.test(req.originalUrl);

/** The calls of the API that programs use instead of these pages. */
const instead: Record<string, string> = {
  "POST /login": "POST /api/v1/auth/login",
  "POST /logout": "POST /api/v1/auth/logout",
  "POST /register": "POST /api/v1/auth/register",
  "GET /dashboard": "GET /api/v1/users/me and GET /api/v1/posts?own=true",
};
const findCall = ({ method, path }: Request) =>
  hasAddress("/apidocs") ? instead[`${method} ${path.toLowerCase().replace(/\/$/, "")}`] : undefined;
const isJson = (req: Request) => typeof req.is(["json", "+json"]) === "string";

/** Returns true if a program sends JSON to a page that has a call of the API instead, whatever it accepts. */
const isForPrograms = (req: Request): boolean => isJson(req) && findCall(req) !== undefined;

/**
 * Refuses JSON at the pages for which programs use the API instead, and names the call and its documentation
 * (RFC 8631): a session in a cookie is for browsers only. Forms and requests for pages pass.
 */
export const rejectPrograms: RequestHandler = (req, res, next) => {
  const call = findCall(req);
  const asksForJson = req.method === "GET" && prefersProblem(req);
  if (!call || !(isJson(req) || asksForJson)) return next();
  res.setHeader("Link", `</apidocs>; rel="service-doc"`);
  const advice = `This page is for browsers. Programs use ${call}, documented at /apidocs.`;
  next(asksForJson ? new NotAcceptable(advice) : new UnsupportedMediaType(advice));
};

type Mistake = { field: string | null; message: string };
type Refused = { errors: Mistake[] };
type Problem = { name?: ProblemName | undefined; status: number; detail: string; errors?: object[] | undefined };

/** Returns true if the client prefers a problem document to a page. */
export function prefersProblem(req: Request): boolean {
  if (isApi(req) || isForPrograms(req)) return true;
  const preferred = req.accepts(["html", "application/problem+json", "json"]);
  return preferred !== false && preferred !== "html";
}

/** Sends a problem document (RFC 9457). @param problem.name its kind, by default the usual one of its status */
export function sendProblem(res: Response, { name, status, detail, errors }: Problem): void {
  const kind = name ?? findProblemName(status);
  const { title } = problemKinds[kind];
  const problem = { type: getProblemType(kind), title, status, detail, requestId: res.req.id, errors };
  res.type("application/problem+json").send(JSON.stringify(problem));
}

/** Responds to a form with errors: the same page with the input, or only the errors if the client prefers JSON. */
export function renderFormErrors(
  res: Response,
  view: string,
  locals: { form: Refused; [name: string]: unknown },
): void {
  res.vary("Accept");
  if (prefersProblem(res.req)) sendProblem(res, { ...createProblem(locals.form), status: res.statusCode });
  else res.render(view, locals);
}

const createProblem = ({ errors }: Refused) => ({
  detail: errors.map(({ message }) => message).join(" "),
  errors,
});
