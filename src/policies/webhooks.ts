import type { Actor } from "../actor.js";
import { can } from "./permissions.js";

/** Returns true if the actor may add and change webhooks, and read what was sent to them. */
export const mayManageWebhooks = (actor: Actor): boolean => can(actor, "webhooks.manage");
