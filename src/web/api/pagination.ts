import type { Request } from "express";
import { config } from "../../config/index.js";

type Asked = { page: number; limit: number; cursor?: string | undefined };
type Found = { data: object[]; total: number; next: string | null };

/** Builds the response with one page of a list and links to the other pages (RFC 8288). */
export function presentPage(req: Request, asked: Asked, { data, total, next }: Found) {
  const { limit, cursor } = asked;
  const page = cursor === undefined ? asked.page : null;
  // Links use the cursor, because numbered pages repeat or skip items if others are added or removed in between.
  const links = { first: {}, prev: before(page), next: next === null ? null : { cursor: next } };
  return { status: 200, body: { data, page, limit, total, next }, headers: { Link: createLinks(req, asked, links) } };
}

/** The same for a list without page numbers. */
export function presentCursorPage(
  req: Request,
  asked: { limit: number; cursor?: string | undefined },
  { data, next }: Omit<Found, "total">,
) {
  const places = { first: {}, next: next === null ? null : { cursor: next } };
  return { status: 200, body: { data, limit: asked.limit, next }, headers: { Link: createLinks(req, asked, places) } };
}

const createLinks = (req: Request, asked: object, places: Record<string, object | null>): string =>
  Object.entries(places)
    .flatMap(([rel, place]) => (place ? [`<${createPageUrl(req, asked, place)}>; rel="${rel}"`] : []))
    .join(", ");

const before = (page: number | null) => (page !== null && page > 1 ? { page: page - 1 } : null);

/** Returns the public URL of this list at another position. */
function createPageUrl(req: Request, asked: object, place: object): string {
  const known = Object.entries(req.query).filter(([name]) => name in asked && !["page", "cursor"].includes(name));
  const query = new URLSearchParams(known.map(([name, value]) => [name, String(value)]));
  for (const [name, value] of Object.entries(place)) query.set(name, String(value));
  return `${config.baseUrl.origin}${req.baseUrl}${req.path}${query.size > 0 ? `?${query}` : ""}`;
}
