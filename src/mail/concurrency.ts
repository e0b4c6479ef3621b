import { limitConcurrency } from "../lib/async/concurrency.js";

const SECONDS = 1_000;

/** Emails sent at once. Emails that hang do not count. */
const PLACES = 8;
/** An email that takes longer hangs. It frees its slot, but its delivery continues. */
const HANGS_AFTER_MS = 5 * SECONDS;
/** Maximum number of hanging emails per domain. Further emails to this domain are retried later. */
const MOST_OF_A_DOMAIN = 5;
/** Maximum number of hanging emails. With one more, the oldest one is aborted and retried later. */
const MOST_HANGING = 32;
/** Email jobs in progress at once: those with a slot, those that hang, and some that wait for a slot. */
export const MAILS_AT_ONCE = PLACES + MOST_HANGING + PLACES;

type Hanging = { domain: string; giveUp: (reason: Error) => void };

/**
 * Creates the slots for sending emails. A mail server that hangs does not delay emails to other servers. Example:
 * eight emails to one domain hang. After five seconds they free their slots, and other emails are sent. A ninth email
 * to that domain waits for its next attempt.
 */
export function createMailSlots({ places = PLACES, hangsAfterMs = HANGS_AFTER_MS, mostHanging = MOST_HANGING } = {}) {
  const place = limitConcurrency({ atOnce: places, mostWaiting: Number.POSITIVE_INFINITY });
  const hanging = new Set<Hanging>();
  const hangingAt = (domain: string) => [...hanging].filter((one) => one.domain === domain).length;

  /** Records that an email hangs. If too many do, aborts the oldest. */
  function note(one: Hanging): void {
    hanging.add(one);
    const [oldest] = hanging;
    if (hanging.size <= mostHanging || !oldest) return;
    hanging.delete(oldest);
    oldest.giveUp(new Error("The mail server does not answer, and other emails are waiting"));
  }

  /**
   * Sends an email to this domain as soon as a slot is free.
   * @throws Error if too many emails to the domain already hang; otherwise the error of `send`
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
