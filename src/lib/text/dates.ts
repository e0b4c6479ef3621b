const months = "January February March April May June July August September October November December".split(" ");

/** A date for a <time> element: the day, or the minute too. By hand, for Intl is slow and a list has many. */
export function formatTime(date: Date, precise = false) {
  const iso = date.toISOString();
  const day = `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  return { iso, text: precise ? `${day} at ${iso.slice(11, 16)} UTC` : day };
}
