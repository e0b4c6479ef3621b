import { AsyncLocalStorage } from "node:async_hooks";
import { InMemoryNotificationChannel, type JobNotification } from "agenda";

const outside = AsyncLocalStorage.snapshot();

/** Starts jobs outside of the async context that queued them, so that nothing from a request applies to its jobs. */
export class Channel extends InMemoryNotificationChannel {
  override publish(notification: JobNotification): Promise<void> {
    return outside(() => super.publish(notification));
  }
}
