import { type InferSchemaType, model, Schema, Types } from "mongoose";
import { isDuplicate } from "../database/errors.js";
import type { Outcome } from "../definitions/outcomes.js";
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
/** Nobody is shown more domains of their own than this. */
export const MOST_OF_ONE = 100;
const options = { maxTimeMS: 5_000 };
const byName = { name: 1, slug: 1 } as const;

const schema = new Schema(
  {
    name: { type: String, required: true },
    slug: { type: String, required: true },
    /** What is left to do after a change (outbox.ts). */
    outbox: outboxField,
    /** Set when it is closed, before its things go: nothing that comes later stays in it. */
    closingAt: Date,
  },
  { timestamps: { createdAt: true, updatedAt: false } },
);
indexOutbox(schema);
schema.index({ slug: 1 }, { unique: true });

const domains = model("Domain", schema);

/** What people call a domain, and the word for its address. */
export type DomainNames = { name: string; slug: string };
export type Domain = InferSchemaType<typeof schema> & { _id: Types.ObjectId; createdAt: Date };

/** Groups of people who look after their own members and posts (docs/domains.md). Who is in one: membership.ts. */
export const Domain = Object.assign(domains, {
  /** A new domain, or the one that has this id already; null when its address is another's. */
  async open({ name, slug }: DomainNames, _id = new Types.ObjectId(), entry?: OutboxEntry): Promise<Domain | null> {
    try {
      return (await insertOnce(domains, { _id, ...{ name, slug }, ...withEntry(entry) })).document.toObject() as Domain;
    } catch (error) {
      if (isDuplicate(error, "slug")) return null;
      throw error;
    }
  },

  /** Ends a domain: nothing finds it any more by its address, which is free. @param entry its follow-up is to delete it */
  close(id: Types.ObjectId, entry: OutboxEntry): Promise<boolean> {
    const closed = { $set: { slug: `~${id}`, closingAt: new Date() }, ...pushEntry(entry) };
    return writeWithEntry(domains.collection, { _id: id }, closed, entry);
  },

  async findBySlug(slug: string): Promise<Domain | null> {
    return domains.collection.findOne<Domain>({ slug }, options);
  },

  /** The domains with these ids, by name; ids of domains that are gone are passed over. */
  async listByIds(ids: string[]): Promise<Domain[]> {
    if (ids.length === 0) return [];
    const among = { _id: { $in: ids.slice(0, MOST_OF_ONE).map((id) => new Types.ObjectId(id)) } };
    const found = await domains.collection.find<Domain>(among, options).toArray();
    return found.sort((one, other) => one.name.localeCompare(other.name));
  },

  /** What the domains of these roles, or of other things that may have one, are called, by their ids; in one read. */
  async namesIn(all: Iterable<{ domain?: unknown }>): Promise<Map<string, string>> {
    const ids = new Set([...all].flatMap(({ domain }) => (domain ? [String(domain)] : [])));
    return new Map((await Domain.listByIds([...ids])).map(({ _id, name }) => [String(_id), name]));
  },

  /** One page of all domains, in the order of their addresses. @param after `next` of the page before */
  async listAll(after = "") {
    const found = await domains.collection
      .find<Domain>({ slug: { $gt: after, $lt: "~" } }, options)
      .sort({ slug: 1 })
      .limit(PAGE + 1)
      .toArray();
    const page = found.slice(0, PAGE);
    return { domains: page, next: found.length > PAGE ? (page.at(-1)?.slug ?? null) : null };
  },

  /**
   * Takes another name or address: "stale" when it does not have those any more that were read, "not-found" when it was
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
      const now = await domains.collection.findOne<Domain>({ _id: read._id, closingAt: { $exists: false } }, options);
      if (!now) return "not-found";
      return now.name === name && now.slug === slug ? "unchanged" : "stale"; // sent twice, it is as it was wanted
    } catch (error) {
      if (isDuplicate(error, "slug")) return "slug-taken";
      throw error;
    }
  },

  /** Whether it exists and is not being closed. */
  async isOpen(id: Types.ObjectId | string): Promise<boolean> {
    return (await domains.exists({ _id: id, closingAt: null })) !== null;
  },

  /** What a domain is called, or null when it is gone. */
  async findNames(id: string): Promise<DomainNames | null> {
    return domains.collection.findOne<DomainNames>({ _id: new Types.ObjectId(id) }, { ...options, projection: byName });
  },
});
