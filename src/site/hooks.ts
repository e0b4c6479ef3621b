import type { EventType, PublicEvent } from "../definitions/public-events.js";

/** Your functions for one type of event, by names of your choice. */
type HooksFor<Type extends EventType> = Readonly<Record<string, (event: PublicEvent<Type>) => Promise<void>>>;

/**
 * Your own steps after something has happened, such as a new entry in a mailing list. **Write them here.** For example:
 *
 *   "user.registered": {
 *     addToNewsletter: async ({ data }) => subscribe(await User.findById(data.user)),
 *   },
 *
 * definitions/public-events.ts lists the events. Hooks run in the process of the background jobs, soon after the change,
 * at least once: if the process stops in between, a hook runs again with the same `event.id`. A hook that throws, or takes
 * longer than a minute, is tried again for a day with growing pauses, and delays no other hook. The name of a hook is
 * stored while it waits: keep it. What waits for a hook that no longer exists is given up after a day.
 */
export const eventHooks: { readonly [Type in EventType]?: HooksFor<Type> } = {};
