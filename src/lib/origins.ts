/** Whether this is an origin, such as https://app.example.org, and no more than that. */
export const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text;
