import type { Request } from "express";
import { config } from "../../config/index.js";

type Asked = { page: number; limit: number; cursor?: string | undefined };
type Found = { data: object[]; total: number; next: string | null };

/** Builds the response with one page of a list and links to the other pages (RFC 8288). */
export function presentPage(req: Request, asked: Asked, { data, total, next }: Found) {
  const { limit, cursor } = asked;
  const page = cursor === undefined ? asked.page : null;
  // Uses the cursor: numbered pages repeat or skip items that are added or removed in between.
  const links = { first: {}, prev: before(page), next: toPlace(next) };
  return { status: 200, body: { data, page, limit, total, next }, headers: createLinks(req, asked, links) };
}

/** The same for a list without page numbers. */
export function presentCursorPage(req: Request, asked: Omit<Asked, "page">, { data, next }: Omit<Found, "total">) {
  const links = { first: {}, next: toPlace(next) };
  return { status: 200, body: { data, limit: asked.limit, next }, headers: createLinks(req, asked, links) };
}

const toPlace = (next: string | null) => (next === null ? null : { cursor: next });

function createLinks(req: Request, asked: object, links: Record<string, object | null>) {
  const shown = Object.entries(links).flatMap(([rel, place]) =>
    place ? [`<${createPageUrl(req, asked, place)}>; rel="${rel}"`] : [],
  );
  return { Link: shown.join(", ") };
}

const before = (page: number | null) => (page !== null && page > 1 ? { page: page - 1 } : null);

/** Returns the public URL of this list at another position. */
function createPageUrl(req: Request, asked: object, place: object): string {
  const known = Object.entries(req.query).filter(([name]) => name in asked && !["page", "cursor"].includes(name));
  const query = new URLSearchParams(known.map(([name, value]) => [name, String(value)]));
  for (const [name, value] of Object.entries(place)) query.set(name, String(value));
  return `${config.baseUrl.origin}${req.baseUrl}${req.path}${query.size > 0 ? `?${query}` : ""}`;
}
