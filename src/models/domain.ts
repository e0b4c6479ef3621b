import { type InferSchemaType, model, Schema, Types } from "mongoose";
import { isDuplicate } from "../database/errors.js";
import type { Outcome } from "../definitions/outcomes.js";
import { REACH } from "../lib/pagination.js";
import {
  indexOutbox,
  insertOnce,
  type OutboxEntry,
  outboxField,
  pushEntry,
  withEntry,
  writeWithEntry,
} from "./outbox.js";

const PAGE = 20;
/** Maximum number of domains in a user's list. */
export const MOST_OF_ONE = 100;
const options = { maxTimeMS: 5_000 };
const byName = { name: 1, slug: 1 } as const;
/** Matches domains that are not being closed. */
const isOpen = { closingAt: null };

const schema = new Schema(
  {
    name: { type: String, required: true },
    slug: { type: String, required: true },
    /** Follow-ups that must still run after a change (outbox.ts). */
    outbox: outboxField,
    /** Set when the domain is closed, before its content is deleted. Content that is added later is also deleted. */
    closingAt: Date,
  },
  { timestamps: { createdAt: true, updatedAt: false } },
);
indexOutbox(schema);
schema.index({ slug: 1 }, { unique: true });

const domains = model("Domain", schema);

/** The display name and the slug of a domain. */
export type DomainNames = { name: string; slug: string };
export type Domain = InferSchemaType<typeof schema> & { _id: Types.ObjectId; createdAt: Date };

/**
 * Domains ("organizations" on pages), which manage their own members and posts (docs/domains.md). For members, see
 * membership.ts.
 */
export const Domain = Object.assign(domains, {
  /** Creates a domain, or returns the existing one with this id. Returns null if the slug is taken. */
  async open({ name, slug }: DomainNames, _id = new Types.ObjectId(), entry?: OutboxEntry): Promise<Domain | null> {
    try {
      return (await insertOnce(domains, { _id, ...{ name, slug }, ...withEntry(entry) })).document.toObject() as Domain;
    } catch (error) {
      if (isDuplicate(error, "slug")) return null;
      throw error;
    }
  },

  /**
   * Closes a domain: lookups no longer find it, and the slug is free. Returns true for exactly one of several concurrent
   * callers.
   * @param entry the follow-up that deletes the domain
   * @param asRead closes it only if it still has this name and slug
   */
  close(id: Types.ObjectId, entry: OutboxEntry, asRead?: DomainNames): Promise<boolean> {
    const closed = { $set: { slug: `~${id}`, closingAt: new Date() }, ...pushEntry(entry) };
    const unchanged = asRead && { name: asRead.name, slug: asRead.slug };
    return writeWithEntry(domains.collection, { _id: id, ...isOpen, ...unchanged }, closed, entry);
  },

  async findBySlug(slug: string): Promise<Domain | null> {
    return domains.collection.findOne<Domain>({ slug, ...isOpen }, options);
  },

  /** Lists the domains with these ids, ordered by name. Skips unknown ids and domains that are being closed. */
  async listByIds(ids: string[]): Promise<Domain[]> {
    if (ids.length === 0) return [];
    const among = { _id: { $in: ids.slice(0, MOST_OF_ONE).map((id) => new Types.ObjectId(id)) }, ...isOpen };
    const found = await domains.collection.find<Domain>(among, options).toArray();
    return found.sort((one, other) => one.name.localeCompare(other.name));
  },

  /** Returns the names of the domains in these roles (or other objects with a `domain`) by their ids, in one read. */
  async namesIn(all: Iterable<{ domain?: unknown }>): Promise<Map<string, string>> {
    const ids = new Set([...all].flatMap(({ domain }) => (domain ? [String(domain)] : [])));
    return new Map((await Domain.listByIds([...ids])).map(({ _id, name }) => [String(_id), name]));
  },

  /** Returns one page of all domains, sorted by slug. @param after `next` of the previous page */
  async listAll(after = "", { size = PAGE, skip = 0 } = {}) {
    const found = await domains.collection
      .find<Domain>({ slug: { $gt: after, $lt: "~" } }, options)
      .sort({ slug: 1 })
      .skip(skip)
      .limit(size + 1)
      .toArray();
    const page = found.slice(0, size);
    return { domains: page, next: found.length > size ? (page.at(-1)?.slug ?? null) : null };
  },

  /** Counts all domains, up to REACH. */
  countAll(): Promise<number> {
    return domains.collection.countDocuments({ slug: { $lt: "~" } }, { ...options, hint: { slug: 1 }, limit: REACH });
  },

  /**
   * Changes name and slug. Returns "stale" if either has changed since it was read, and "not-found" if the domain was
   * closed.
   */
  async rename(
    read: Domain,
    { name, slug }: DomainNames,
    entry?: OutboxEntry,
  ): Promise<Outcome<"done" | "unchanged" | "stale" | "slug-taken" | "not-found">> {
    const isOther = read.name !== name || read.slug !== slug;
    const asRead = { _id: read._id, name: read.name, slug: read.slug };
    try {
      const names = { $set: { name, slug }, ...pushEntry(entry) };
      if (isOther && (await writeWithEntry(domains.collection, asRead, names, entry))) return "done";
      const now = await domains.collection.findOne<Domain>({ _id: read._id, ...isOpen }, options);
      if (!now) return "not-found";
      return now.name === name && now.slug === slug ? "unchanged" : "stale"; // "unchanged": the same form was sent twice
    } catch (error) {
      if (isDuplicate(error, "slug")) return "slug-taken";
      throw error;
    }
  },

  /** Returns true if the domain exists and is not being closed. */
  async isOpen(id: Types.ObjectId | string): Promise<boolean> {
    return (await domains.exists({ _id: id, ...isOpen })) !== null;
  },

  /** Returns name and slug of a domain, or null if it no longer exists or is being closed. */
  async findNames(id: string): Promise<DomainNames | null> {
    const open = { _id: new Types.ObjectId(id), ...isOpen };
    return domains.collection.findOne<DomainNames>(open, { ...options, projection: byName });
  },
});
