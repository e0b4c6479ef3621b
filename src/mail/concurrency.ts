import { limitConcurrency } from "../lib/async/concurrency.js";

const SECONDS = 1_000;

/** How many mails are sent at once, not counting those that hang. */
const PLACES = 8;
/** A mail that takes longer hangs: its place goes to the next one, while it goes on by itself. */
const HANGS_AFTER_MS = 5 * SECONDS;
/** How many may hang for one domain; its others are tried again later. */
const MOST_OF_A_DOMAIN = 5;
/** How many may hang in all. With one more the oldest is given up, to be tried again later. */
const MOST_HANGING = 32;
/** Jobs of mails that are under way at once: those in places, those that hang, and some that wait for a place. */
export const MAILS_AT_ONCE = PLACES + MOST_HANGING + PLACES;

type Hanging = { domain: string; giveUp: (reason: Error) => void };

/**
 * Hands out the places from which mails are sent, so that those to a server that hangs do not hold up all others. Example: eight
 * mails to one domain hang. After five seconds they hold no place any more; others are sent, and the ninth to that domain waits for
 * its next try.
 */
export function createMailSlots({ places = PLACES, hangsAfterMs = HANGS_AFTER_MS, mostHanging = MOST_HANGING } = {}) {
  const place = limitConcurrency({ atOnce: places, mostWaiting: Number.POSITIVE_INFINITY });
  const hanging = new Set<Hanging>();
  const hangingAt = (domain: string) => [...hanging].filter((one) => one.domain === domain).length;

  /** Notes that a mail hangs; the oldest makes room. */
  function note(one: Hanging): void {
    hanging.add(one);
    const [oldest] = hanging;
    if (hanging.size <= mostHanging || !oldest) return;
    hanging.delete(oldest);
    oldest.giveUp(new Error("The mail server does not answer, and other emails are waiting"));
  }

  /**
   * Sends a mail to this domain as soon as there is a place.
   * @throws when too many mails to the domain hang already; and what `send` throws
   */
  return async (domain: string, send: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    const stop = new AbortController();
    const one: Hanging = { domain, giveUp: (reason) => stop.abort(reason) };
    const leave = () => hanging.delete(one);
    const begin = async () => {
      if (hangingAt(domain) >= MOST_OF_A_DOMAIN)
        throw new Error("Other emails to this mail server hang, so this one waits");
      const sending = send(stop.signal).finally(leave);
      sending.catch(() => undefined); // it is answered below
      const hangs = await isStillPending(sending, hangsAfterMs);
      if (hangs) note(one);
      return { sending }; // not the promise itself, which would be waited for here
    };
    const { sending } = await place(begin);
    await sending;
  };
}

async function isStillPending(promise: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(true), ms);
  });
  const done = promise.then(
    () => false,
    () => false,
  );
  const isPending = await Promise.race([done, late]);
  clearTimeout(timer);
  return isPending;
}
