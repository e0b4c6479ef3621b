/** Returns true if the text is exactly an origin, such as https://app.example.org. */
export const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text;
/**
 * Like `isOrigin`, but allows a trailing slash and upper case. A path is refused, because our addresses begin at the
 * root of a host.
 */
export const isSite = (text: string): boolean =>
  /^https?:/i.test(text) && URL.canParse(text) && new URL(text).href === `${new URL(text).origin}/`;
