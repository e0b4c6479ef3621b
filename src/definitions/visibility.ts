/** Who may read a post: everyone, people with an account, the people of one domain, or its author alone. */
export const visibilities = ["public", "members", "domain", "draft"] as const;
export type Visibility = (typeof visibilities)[number];
