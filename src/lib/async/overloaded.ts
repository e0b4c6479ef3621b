/** Too many tasks are waiting. The response is a 503 that allows a retry after `retryAfterSeconds`. */
export class Overloaded extends Error {
  override readonly name = "Overloaded";
  readonly retryAfterSeconds = 10;
}
