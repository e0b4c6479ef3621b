import { AsyncLocalStorage } from "node:async_hooks";
import { InMemoryNotificationChannel, type JobNotification } from "agenda";

const outside = AsyncLocalStorage.snapshot();

/** Begins jobs outside of whatever put them into the queue: nothing that holds for a request holds for its jobs. */
export class Channel extends InMemoryNotificationChannel {
  override publish(notification: JobNotification): Promise<void> {
    return outside(() => super.publish(notification));
  }
}
