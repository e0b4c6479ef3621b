/** Thrown if something takes longer than allowed. */
export class DeadlineExceeded extends Error {
  override name = "DeadlineExceeded";
}

/**
 * Settles like the promise, or rejects after `ms` milliseconds. The work behind the promise continues in both cases.
 * @throws DeadlineExceeded after the time limit
 */
export function withTimeout<Value>(promise: Promise<Value>, ms: number): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DeadlineExceeded(`not done in ${ms} ms`)), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
