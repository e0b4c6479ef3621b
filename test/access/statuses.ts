import type { Who } from "../support/users/kinds.js";

/** Disabled users get the status of visitors, and users with a role that of members, unless `others` says otherwise. */
export type Statuses = [visitor: number, unconfirmed: number, member: number, others?: Partial<Record<Who, number>>];
