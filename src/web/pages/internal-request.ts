import type { Request, RequestHandler, Response } from "express";
import { NotFound } from "../../errors.js";
import { isSafe } from "../mount.js";
import { passed } from "./return-to.js";

/** The response of one of our pages: a view, a redirect, an error, or something else. */
type Visit =
  | { kind: "view"; view: string; values: Record<string, unknown> }
  | { kind: "redirect"; to: string }
  | { kind: "error"; error: unknown }
  | { kind: "other" };

type FindFormPages = (address: string, fields: Record<string, string | string[]>) => string[];

declare global {
  namespace Express {
    interface Request {
      /**
       * Finds out how one of our pages would respond to the user of this request, without rendering it. Available for
       * requests that send a form and for pages on the way to another page.
       */
      visit?: (path: string, method?: "GET" | "HEAD") => Promise<Visit>;
      /** Lists the pages that can show the form of this address (routes/form-pages.ts). */
      findFormPages?: FindFormPages;
      /** Stops a visit in progress, because the request gets another response. */
      leaveVisit?: () => void;
    }
  }
}

/**
 * Adds `visit` and `findFormPages` to requests that send a form or open a page on the way to another page.
 * @param pages all pages, each with its guard
 */
export function internalRequests(pages: RequestHandler, findFormPages: FindFormPages): RequestHandler {
  return (req, res, next) => {
    if (isSafe(req) && !passed.includes(req.path)) return next();
    req.visit = (path, method = "GET") => visit(pages, req, res, path, method);
    req.findFormPages = findFormPages;
    next();
  };
}

/** Runs a page with this request as a GET, and restores the request afterwards. A GET changes nothing. */
function visit(pages: RequestHandler, req: Request, res: Response, path: string, method: string): Promise<Visit> {
  const { url, baseUrl, originalUrl, params, method: own } = req;
  const { render, redirect, end, statusCode } = res;
  const headers = res.getHeaders();
  return new Promise((resolve) => {
    const noPage = () => done({ kind: "other" });
    const done = (found: Visit): void => {
      Object.assign(req, { url, baseUrl, originalUrl, params, method: own, leaveVisit: undefined });
      Object.assign(res, { render, redirect, statusCode, ...(res.end === noPage && { end }) });
      for (const name of res.getHeaderNames()) if (!(name in headers)) res.removeHeader(name);
      for (const [name, value] of Object.entries(headers)) res.setHeader(name, value ?? "");
      resolve(found);
    };
    Object.assign(req, { url: path, baseUrl: "", originalUrl: path, method, leaveVisit: noPage });
    Object.assign(res, {
      render: (view: string, values: Record<string, unknown> = {}) => done({ kind: "view", view, values }),
      redirect: (status: number | string, to?: string) => done({ kind: "redirect", to: to ?? String(status) }),
      end: noPage,
    });
    pages(req, res, (error?: unknown) => done({ kind: "error", error: error ?? new NotFound() }));
  });
}
