import { Schema } from "mongoose";
import { visibilities } from "../../definitions/visibility.js";
import { indexOutbox, outboxField } from "../outbox.js";

/** Holds all that an author's dashboard shows, so that no post is fetched for it. */
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

/** What is stored of a post, and the indexes of the lists it is in. */
export const postSchema = new Schema(
  {
    /** Null when the author has left and the post stayed. */
    author: { type: Schema.Types.ObjectId, ref: "User", default: null },
    title: { type: String, required: true },
    slug: { type: String, required: true },
    body: { type: String, required: true },
    /** The body as safe HTML, its beginning, and its length: made when it is written, so that reading is cheap. */
    html: { type: String, default: "" }, // empty where nothing shows, such as for "[a]: b"
    excerpt: { type: String, default: "" },
    readingMinutes: { type: Number, default: 1 },
    visibility: { type: String, enum: visibilities, required: true },
    /** The domain whose people may read it; set exactly when that is its visibility. */
    domain: { type: Schema.Types.ObjectId },
    publishedAt: { type: Date, default: null },
    /** What is left to do after a change (models/outbox.ts). */
    outbox: outboxField,
    /** Its number in the list for everyone, for members, or of a domain; see `getPage` in lists.ts. */
    place: {
      type: new Schema({ public: Number, members: Number, domain: Number }, { _id: false }),
      default: undefined,
    },
  },
  { timestamps: true },
);

indexOutbox(postSchema);
// Partial, so that a post is only in the lists it shows in.
postSchema.index({ "place.public": -1 }, { partialFilterExpression: { "place.public": { $exists: true } } });
postSchema.index({ "place.members": -1 }, { partialFilterExpression: { "place.members": { $exists: true } } });
postSchema.index({ domain: 1, "place.domain": -1 }, { partialFilterExpression: { domain: { $exists: true } } });
postSchema.index({ author: 1, visibility: 1, "place.members": -1 });
postSchema.index(ownList, { name: "own-posts" });
