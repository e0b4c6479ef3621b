/** An id is one of the JSON API; "id or null" is null if there is no such user or organization. */
type Kind = "id" | "id or null" | "text";
type EventDefinition = {
  /** The label on pages. */
  label: string;
  /** What has happened, for developers. Completes the sentence "Sent when …". */
  when: string;
  data: Readonly<Record<string, Kind>>;
};

/** Receivers compare it before they read an event. It changes when a field is removed or changes its meaning. */
export const EVENT_VERSION = 1;

const user = { user: "id" } as const;
const role = { user: "id", role: "text", domain: "id or null" } as const;
const domain = { domain: "id", slug: "text" } as const;
const member = { domain: "id", user: "id", role: "text" } as const;
const post = { post: "id", author: "id or null" } as const;
const comment = { comment: "id", post: "id", author: "id or null" } as const;

/**
 * The events that hooks (src/site/hooks.ts) and webhooks get. Their data are ids and words of the API, never a name, an
 * address or a secret: receivers read the rest from the API, with a token that may do so (docs/decisions/0064-events-out.md).
 * To add an event, add one entry here and publish it in the follow-up of its use case (services/events/publish.ts).
 */
export const publicEvents = {
  "user.registered": {
    label: "User registered",
    when: "an account was created. Its email address may not be confirmed yet.",
    data: user,
  },
  "user.email_confirmed": {
    label: "Email address confirmed",
    when: "a user has confirmed the email address of a new account.",
    data: user,
  },
  "user.email_changed": {
    label: "Email address changed",
    when: "the email address of an account was replaced, or an earlier one was restored.",
    data: user,
  },
  "user.renamed": { label: "Username changed", when: "the username of an account was changed.", data: user },
  "user.disabled": { label: "User disabled", when: "an admin disabled an account.", data: user },
  "user.enabled": { label: "User enabled", when: "an admin enabled an account again.", data: user },
  "user.role_granted": {
    label: "Role granted",
    when: "a user got a role on the whole site. Roles in an organization have events of their own.",
    data: role,
  },
  "user.role_revoked": { label: "Role revoked", when: "a user lost a role on the whole site.", data: role },
  "user.deleted": {
    label: "User deleted",
    when: "an account is deleted with its personal data, even if it was never confirmed. Its posts and comments have no events of their own.",
    data: user,
  },
  "post.created": { label: "Post created", when: "a post was written, perhaps as a draft.", data: post },
  "post.updated": { label: "Post edited", when: "the title, text or audience of a post was changed.", data: post },
  "post.deleted": { label: "Post deleted", when: "a post was deleted, with its comments.", data: post },
  "comment.created": { label: "Comment created", when: "a comment was written.", data: comment },
  "comment.deleted": { label: "Comment deleted", when: "a comment was deleted.", data: comment },
  "domain.created": { label: "Organization created", when: "an organization was created.", data: domain },
  "domain.renamed": {
    label: "Organization renamed",
    when: "the name or the web address of an organization was changed.",
    data: domain,
  },
  "domain.deleted": {
    label: "Organization deleted",
    when: "an organization was deleted. Its members and posts have no events of their own.",
    data: domain,
  },
  "domain.member_added": { label: "Member added", when: "a user became a member of an organization.", data: member },
  "domain.member_changed": {
    label: "Role of a member changed",
    when: "a member of an organization got another role in it.",
    data: member,
  },
  "domain.member_removed": {
    label: "Member removed",
    when: "a user left an organization, or was removed from it.",
    data: member,
  },
  "webhook.test": { label: "Test", when: "an admin tests a webhook.", data: { webhook: "id" } },
} as const satisfies Record<string, EventDefinition>;

export type EventType = keyof typeof publicEvents;
/** The types that a webhook can ask for. */
export const eventTypes = (Object.keys(publicEvents) as EventType[]).filter((type) => type !== "webhook.test");

type Value<Of> = Of extends "id or null" ? string | null : string;
type Data<Type extends EventType> = (typeof publicEvents)[Type]["data"];
/** The facts of an event. */
export type EventData<Type extends EventType> = { [Field in keyof Data<Type>]: Value<Data<Type>[Field]> };

/** An event as hooks and webhooks get it. */
export type PublicEvent<Type extends EventType = EventType> = {
  [One in Type]: {
    /** The same each time that the event is delivered. */
    id: string;
    type: One;
    version: typeof EVENT_VERSION;
    /** ISO 8601 */
    timestamp: string;
    data: EventData<One>;
  };
}[Type];

/** Creates an event. @param id 24 hexadecimal digits, the same if the event is created again */
export const createEvent = <Type extends EventType>(
  type: Type,
  data: EventData<Type>,
  { id, at = new Date() }: { id: unknown; at?: Date },
) =>
  ({
    id: `evt_${id}`,
    type,
    version: EVENT_VERSION,
    timestamp: at.toISOString(),
    data,
  }) as unknown as PublicEvent<Type>;
