import { Schema } from "mongoose";
import { visibilities } from "../../definitions/visibility.js";
import { indexOutbox, outboxField } from "../outbox.js";

/** An index with all fields of the author's dashboard, so that reading the list needs only the index. */
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
    /** Null if the author's account was deleted but the post was kept. */
    author: { type: Schema.Types.ObjectId, ref: "User", default: null },
    title: { type: String, required: true },
    slug: { type: String, required: true },
    body: { type: String, required: true },
    /** The body as safe HTML, its excerpt and its reading time. They are computed on write, so that reads are cheap. */
    html: { type: String, default: "" }, // empty if nothing is visible, as for "[a]: b"
    excerpt: { type: String, default: "" },
    readingMinutes: { type: Number, default: 1 },
    visibility: { type: String, enum: visibilities, required: true },
    /** The domain whose members may read the post. Set only if the visibility is "domain". */
    domain: { type: Schema.Types.ObjectId },
    publishedAt: { type: Date, default: null },
    /** Follow-ups that must still run after a change (models/outbox.ts). */
    outbox: outboxField,
    /** The number of the post in each list: public, members, or its domain. See `getPage` in lists.ts. */
    place: {
      type: new Schema({ public: Number, members: Number, domain: Number }, { _id: false }),
      default: undefined,
    },
  },
  { timestamps: true },
);

indexOutbox(postSchema);
// Partial indexes: each contains only the posts of its list.
postSchema.index({ "place.public": -1 }, { partialFilterExpression: { "place.public": { $exists: true } } });
postSchema.index({ "place.members": -1 }, { partialFilterExpression: { "place.members": { $exists: true } } });
postSchema.index({ domain: 1, "place.domain": -1 }, { partialFilterExpression: { domain: { $exists: true } } });
postSchema.index({ author: 1, visibility: 1, "place.members": -1 });
postSchema.index(ownList, { name: "own-posts" });
