/** Too much of it waits already: answer 503 and ask to come back after `retryAfterSeconds`. */
export class Overloaded extends Error {
  override readonly name = "Overloaded";
  readonly retryAfterSeconds = 10;
}
