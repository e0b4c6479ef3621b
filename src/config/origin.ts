/** Whether this is an origin, such as https://app.example.org, and no more than that. */
export const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text;
/** The same with a slash behind it or in other letters. A path is none: all our addresses begin at the root of a host. */
export const isSite = (text: string): boolean =>
  /^https?:/i.test(text) && URL.canParse(text) && new URL(text).href === `${new URL(text).origin}/`;
