/** Too many tasks are waiting: answer 503 with a retry after `retryAfterSeconds`. */
export class Overloaded extends Error {
  override readonly name = "Overloaded";
  readonly retryAfterSeconds = 10;
}
