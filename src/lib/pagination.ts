/** Items per page. */
export const PAGE_SIZE = 20;

/**
 * Computes the range of one page in a list whose items are numbered 1 to `last`, highest first. A page is a range of
 * numbers, so page 500 is as fast as page 1. If an item was deleted, its page has one item less.
 * @param asked the requested page; values below 1 or beyond the end are clamped
 */
export function getPage(last: number, asked: number) {
  const total = Math.max(1, Math.ceil(last / PAGE_SIZE));
  const current = Math.min(Math.max(1, asked), total);
  const highest = last - (current - 1) * PAGE_SIZE;
  return { current, total, highest, above: highest - PAGE_SIZE };
}

/** Returns the number of the page that contains an item. */
export const findPageNumber = (item: number, last: number): number => Math.floor((last - item) / PAGE_SIZE) + 1;

/** The JSON API counts and numbers only this many entries of a list. Clients reach further ones by cursor. */
export const REACH = 1_000;
