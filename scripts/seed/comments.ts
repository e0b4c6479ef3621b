import { Types } from "mongoose";
import { Comment } from "../../src/models/comment.js";
import { postComments } from "../../src/models/post/comments.js";
import { findWithAuthor } from "../../src/models/post/lists.js";
import { Post } from "../../src/models/post.js";

type Line = { by: string; text: string; isHidden?: boolean };

const HOURS = 3_600_000;

/** Comments on posts, by the title of the post, oldest first. */
const threads: Record<string, Line[]> = {
  "The bees moved out on a Sunday": [
    { by: "amina", text: "I saw them on the corner. **Nobody** on the tram believed me." },
    { by: "davide", text: "> moved out on a Sunday\n\nOf course: no rent for the broken week." },
    { by: "rosa", text: "They left the kitchen clean, I have to say." },
    {
      by: "noor",
      text: "We had a swarm in the bicycle shed once. A [beekeeper](https://example.org) took it in an old suitcase.",
    },
  ],
  "Rye for people who failed at rye": [
    { by: "jonas", text: "Mine still looks like a brick, but now it *tastes* like bread. Progress." },
    { by: "marta", text: "Three things to try:\n\n- warmer water\n- more patience\n- a smaller tin" },
    { by: "ingrid", text: "Buy the ready mix, it is the same thing.", isHidden: true },
  ],
  "That noise is not the chain": [{ by: "ingrid", text: "It was the bottle cage. Thank you, after two years." }],
};

/** Writes the comments on posts that have none yet; informs nobody. @param ids of the users, by username */
export async function writeComments(ids: ReadonlyMap<string, string>): Promise<void> {
  for (const [title, lines] of Object.entries(threads)) {
    const found = await Post.findOne({ title, commentNumber: 0 });
    const post = found && (await findWithAuthor(found.id));
    if (!post?.publishedAt) continue;
    for (const [n, { by, text, isHidden }] of lines.entries()) {
      const number = (await postComments.takeNumber(post)) ?? 0;
      const _id = new Types.ObjectId();
      await Comment.write({ _id, post: post._id, number, author: ids.get(by) ?? "", body: text });
      const createdAt = new Date(post.publishedAt.getTime() + (n + 1) * 2 * HOURS);
      const hidden = isHidden && { hiddenAt: new Date(createdAt.getTime() + 1 * HOURS), hiddenBy: post.author._id };
      await Comment.collection.updateOne({ _id }, { $set: { createdAt, ...hidden } });
      await postComments.count(post._id, 1);
    }
  }
}
