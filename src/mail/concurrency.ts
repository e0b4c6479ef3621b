import { limitConcurrency } from "../lib/async/concurrency.js";

const SECONDS = 1_000;

/** Emails sent at once, not counting those that hang. */
const PLACES = 8;
/** An email that takes longer hangs: it frees its place and continues. */
const HANGS_AFTER_MS = 5 * SECONDS;
/** Hanging emails per domain; further ones to the same domain are retried later. */
const MOST_OF_A_DOMAIN = 5;
/** Hanging emails in total. With one more, the oldest is aborted and retried later. */
const MOST_HANGING = 32;
/** Email jobs in progress at once: those with a place, those that hang, and some that wait for a place. */
export const MAILS_AT_ONCE = PLACES + MOST_HANGING + PLACES;

type Hanging = { domain: string; giveUp: (reason: Error) => void };

/**
 * Creates the places for sending emails, so that a server that hangs does not delay emails to others. Example: eight
 * emails to one domain hang. After five seconds they free their places; other emails are sent, and the ninth to that
 * domain waits for its next attempt.
 */
export function createMailSlots({ places = PLACES, hangsAfterMs = HANGS_AFTER_MS, mostHanging = MOST_HANGING } = {}) {
  const place = limitConcurrency({ atOnce: places, mostWaiting: Number.POSITIVE_INFINITY });
  const hanging = new Set<Hanging>();
  const hangingAt = (domain: string) => [...hanging].filter((one) => one.domain === domain).length;

  /** Records that an email hangs; the oldest makes room. */
  function note(one: Hanging): void {
    hanging.add(one);
    const [oldest] = hanging;
    if (hanging.size <= mostHanging || !oldest) return;
    hanging.delete(oldest);
    oldest.giveUp(new Error("The mail server does not answer, and other emails are waiting"));
  }

  /**
   * Sends an email to this domain as soon as there is a place.
   * @throws Error if too many emails to the domain hang already; otherwise the error of `send`
   */
  return async (domain: string, send: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    const stop = new AbortController();
    const one: Hanging = { domain, giveUp: (reason) => stop.abort(reason) };
    const leave = () => hanging.delete(one);
    const begin = async () => {
      if (hangingAt(domain) >= MOST_OF_A_DOMAIN)
        throw new Error("Other emails to this mail server hang, so this one waits");
      const sending = send(stop.signal).finally(leave);
      sending.catch(() => undefined); // the error is handled below
      const hangs = await isStillPending(sending, hangsAfterMs);
      if (hangs) note(one);
      return { sending }; // wrapped, because a returned promise would be awaited here
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
