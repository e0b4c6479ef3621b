/** Returns true for an origin, such as https://app.example.org, and nothing else. */
export const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text;
/**
 * The same, but allows a trailing slash and other letter case. A path is refused: our addresses begin at the root of a
 * host.
 */
export const isSite = (text: string): boolean =>
  /^https?:/i.test(text) && URL.canParse(text) && new URL(text).href === `${new URL(text).origin}/`;
