/** Who may read a post: everyone, all members, the members of one domain, or only its author. */
export const visibilities = ["public", "members", "domain", "draft"] as const;
export type Visibility = (typeof visibilities)[number];
