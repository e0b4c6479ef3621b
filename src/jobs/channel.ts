import { AsyncLocalStorage } from "node:async_hooks";
import { InMemoryNotificationChannel, type JobNotification } from "agenda";

const outside = AsyncLocalStorage.snapshot();

/**
 * Starts jobs outside the async context of the request that queued them, so that nothing of the request applies to
 * them.
 */
export class Channel extends InMemoryNotificationChannel {
  override publish(notification: JobNotification): Promise<void> {
    return outside(() => super.publish(notification));
  }
}
