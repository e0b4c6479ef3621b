import { getSitePart } from "./site-part.js";

/**
 * Features that a site can switch off, with the patterns of their addresses. To switch one off, write
 * `features: { posts: false }` in src/site/definitions.ts: its addresses answer 404, and no page links to them. Its code
 * and data stay, so that merging a release can't conflict (docs/decisions/0063-features-off.md).
 */
const addresses = {
  posts: /^\/(api\/v1\/)?(posts|comments)(\/|$)|^\/account\/notifications$|^\/api\/v1\/users\/me\/notifications$/,
  domains: /^\/(admin\/|api\/v1\/)?domains(\/|$)/,
  api: /^\/api(docs$|\/)|^\/openapi\.json$|^\/\.well-known\/jwks\.json$|^\/account\/api-tokens(\/|$)|\/:id\/api-tokens\//,
} as const;

type Features = { readonly [Name in keyof typeof addresses]?: boolean };
const switches: Features = getSitePart("features");
const off = Object.entries(addresses).filter(([name]) => switches[name as keyof Features] === false);

/** Returns true unless this path or pattern belongs to a feature that the site has switched off. */
export const hasAddress = (path: string): boolean => !off.some(([, pattern]) => pattern.test(path));

/**
 * Returns true unless a name that begins with its subject, such as the permission "posts.edit.any" or the event
 * "post.created", belongs to a feature that the site has switched off.
 */
export const hasSubject = (name: string): boolean => hasAddress(`/${name.replace(/s?\..*/, "s")}`);
