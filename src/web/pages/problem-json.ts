import type { Request, Response } from "express";

/** Returns true for requests to the JSON API. It has no pages. */
export const isApi = (req: Request): boolean => /^(https?:\/\/[^/?]*)?\/api([/?]|$)/i.test(req.originalUrl);

type Mistake = { field: string | null; message: string };
type Refused = { errors: Mistake[] };
type Problem = { title: string; status: number; detail: string; errors?: object[] | undefined };

/** Returns true if the client prefers a problem document to a page. */
export function prefersProblem(req: Request): boolean {
  if (isApi(req)) return true;
  const preferred = req.accepts(["html", "application/problem+json", "json"]);
  return preferred !== false && preferred !== "html";
}

/** Sends a problem document (RFC 9457). */
export function sendProblem(res: Response, { title, status, detail, errors }: Problem): void {
  const problem = { type: "about:blank", title, status, detail, requestId: res.req.id, errors };
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
  title: "There is a problem",
  detail: errors.map(({ message }) => message).join(" "),
  errors,
});
