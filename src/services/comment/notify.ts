import type { Types } from "mongoose";
import * as mail from "../../mail/index.js";
import { postComments } from "../../models/post/comments.js";
import type { PostFields } from "../../models/post.js";
import { User } from "../../models/user.js";
import { takeCommentMail } from "../mail/limits.js";

type Written = { post: Pick<PostFields, "_id" | "author">; comment: Types.ObjectId; commenter: string };

/**
 * Sends the post's author an email about a new comment of another user, unless they turned that off. At most one in an
 * hour for each post, and ten for all, so that many comments cannot flood a mailbox.
 */
export async function notifyPostAuthor({ post, comment, commenter }: Written): Promise<void> {
  if (!post.author || String(post.author) === commenter) return;
  const author = await User.findById(post.author);
  if (!author?.emailConfirmedAt || author.disabledAt || author.commentMailsOffAt) return;
  if (!(await postComments.claimMail(post._id, comment)) || !(await takeCommentMail(author.id))) return;
  const byline = await User.findByline(commenter);
  await mail.sendNewComment(author, { commenter: byline?.username ?? "", comment: String(comment), id: author.id });
}
