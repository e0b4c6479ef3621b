/** Who may read a post: everyone, people with an account, or its author alone. */
export const visibilities = ["public", "members", "draft"] as const;
export type Visibility = (typeof visibilities)[number];
