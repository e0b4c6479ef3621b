import { Schema } from "mongoose";
import { visibilities } from "../../definitions/visibility.js";
import { indexOutbox, outboxField } from "../outbox.js";

/** Covers all fields of the author's dashboard, so that the list reads the index only. */
export const ownList = {
  author: 1,
  _id: -1,
  title: 1,
  slug: 1,
  visibility: 1,
  publishedAt: 1,
  updatedAt: 1,
  readingMinutes: 1,
  domain: 1,
} as const;

/** Stored fields and indexes of posts. */
export const postSchema = new Schema(
  {
    /** Null if the author's account was deleted and the post was kept. */
    author: { type: Schema.Types.ObjectId, ref: "User", default: null },
    title: { type: String, required: true },
    slug: { type: String, required: true },
    body: { type: String, required: true },
    /** The body as safe HTML, its excerpt, and its reading time: computed on write, so that reads are cheap. */
    html: { type: String, default: "" }, // empty if nothing is visible, as for "[a]: b"
    excerpt: { type: String, default: "" },
    readingMinutes: { type: Number, default: 1 },
    visibility: { type: String, enum: visibilities, required: true },
    /** The domain whose members may read it; set exactly if the visibility is "domain". */
    domain: { type: Schema.Types.ObjectId },
    publishedAt: { type: Date, default: null },
    /** Follow-ups still to run after a change (models/outbox.ts). */
    outbox: outboxField,
    /** Its number in the public list, the members' list or the list of its domain; see `getPage` in lists.ts. */
    place: {
      type: new Schema({ public: Number, members: Number, domain: Number }, { _id: false }),
      default: undefined,
    },
  },
  { timestamps: true },
);

indexOutbox(postSchema);
// Partial indexes: a post is only in the indexes of the lists that show it.
postSchema.index({ "place.public": -1 }, { partialFilterExpression: { "place.public": { $exists: true } } });
postSchema.index({ "place.members": -1 }, { partialFilterExpression: { "place.members": { $exists: true } } });
postSchema.index({ domain: 1, "place.domain": -1 }, { partialFilterExpression: { domain: { $exists: true } } });
postSchema.index({ author: 1, visibility: 1, "place.members": -1 });
postSchema.index(ownList, { name: "own-posts" });
// Finds posts by whole words. Without a language, every word counts: a stop word would silently widen the search.
postSchema.index(
  { title: "text", body: "text" },
  { name: "words", default_language: "none", language_override: "none" },
);
