import { Schema } from "mongoose";
import { indexOutbox, outboxField } from "../outbox.js";

/** Stored fields and indexes of comments. */
export const commentSchema = new Schema(
  {
    /** The post; missing while the comment is being deleted, so that no list and no reader finds it. */
    post: { type: Schema.Types.ObjectId, ref: "Post" },
    /** Its number in the post, from 1, in the order of time: a page of comments is a range of numbers. */
    number: { type: Number, required: true },
    /** Null if the author's account was deleted and the comment was kept. */
    author: { type: Schema.Types.ObjectId, ref: "User", default: null },
    body: { type: String, required: true },
    /** The body as safe HTML, computed on write. */
    html: { type: String, default: "" },
    createdAt: { type: Date, required: true },
    editedAt: { type: Date, default: null },
    /** When and by whom it was hidden. */
    hiddenAt: { type: Date, default: null },
    hiddenBy: { type: Schema.Types.ObjectId, ref: "User", default: null },
    /** Follow-ups still to run after a change (models/outbox.ts). */
    outbox: outboxField,
  },
  { versionKey: false },
);

indexOutbox(commentSchema);
commentSchema.index({ post: 1, number: 1 });
commentSchema.index({ author: 1, _id: 1 });
// For the deletion of accounts: only hidden comments are in it.
commentSchema.index(
  { hiddenBy: 1 },
  { name: "hidden-by", partialFilterExpression: { hiddenBy: { $type: "objectId" } } },
);
