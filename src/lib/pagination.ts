/** Items on one page of a list. */
export const PAGE_SIZE = 20;

/**
 * The numbers on one page of a list whose items are numbered 1 to `last`, the highest first. A page is a range of
 * numbers, so page 500 costs what page 1 costs; an item that was removed leaves its page one shorter.
 * @param asked the page asked for; anything below 1 or beyond the end is clamped
 */
export function getPage(last: number, asked: number) {
  const total = Math.max(1, Math.ceil(last / PAGE_SIZE));
  const current = Math.min(Math.max(1, asked), total);
  const highest = last - (current - 1) * PAGE_SIZE;
  return { current, total, highest, above: highest - PAGE_SIZE };
}

/** The page of such a list that has an item. */
export const findPageNumber = (item: number, last: number): number => Math.floor((last - item) / PAGE_SIZE) + 1;

/** So many entries of a list have numbered pages in the JSON API, and are counted; further down only cursors lead. */
export const REACH = 1_000;
