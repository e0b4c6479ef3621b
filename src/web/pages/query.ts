import type { Request } from "express";
import { HttpError, NotFound } from "../../errors.js";
import type { Form } from "../../forms/form.js";

/** 422: the query of an admin page is invalid. */
class InvalidQuery extends HttpError {
  readonly mistakes: { detail: string }[];
  readonly again: { to: string; text: string };
  constructor(mistakes: string[], page: string) {
    super(
      422,
      "This address isn't valid",
      `The filters in the address aren't valid, so we can't show the list. ${mistakes.join(" ")}`,
    );
    this.mistakes = mistakes.map((detail) => ({ detail }));
    this.again = { to: page, text: "Open the page without filters" };
  }
}

type Query<Data> = {
  isStrict: boolean;
  parse(asked: object): { ok: true; data: Data } | { ok: false; form: Form };
};

/** Parses the query of a page. Pages read their query only through this file. */
export const parseQuery = <Data>(req: Request, query: Query<Data>) => query.parse(req.query);

/** Parses the query of a page without a form. @throws NotFound; on admin pages, InvalidQuery with a list of errors */
export function readQuery<Data>(req: Request, query: Query<Data>): Data {
  const asked = parseQuery(req, query);
  if (asked.ok) return asked.data;
  if (!query.isStrict) throw new NotFound();
  const mistakes = asked.form.errors.map(({ field, message }) => (field ? `“${field}”: ${message}` : message));
  throw new InvalidQuery(mistakes, req.baseUrl + req.path);
}
