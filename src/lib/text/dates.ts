const months = "January February March April May June July August September October November December".split(" ");

/**
 * Formats a date for a <time> element, to the day or the minute. Does not use Intl, because Intl is slow and lists have
 * many dates.
 */
export function formatTime(date: Date, precise = false) {
  const iso = date.toISOString();
  const day = `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  return { iso, text: precise ? `${day} at ${iso.slice(11, 16)} UTC` : day };
}
