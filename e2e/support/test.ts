import { type BrowserContext, test as base, type Page } from "playwright/test";

export { expect } from "playwright/test";

/** Chromium logs this for every response with a status of 400 or above. Tests visit such pages on purpose. */
const ANSWERED_WITH_AN_ERROR = /^Failed to load resource: the server responded with a status of 4/;

type Cookies = Parameters<BrowserContext["addCookies"]>[0];
type Fixtures = {
  faults: string[];
  /** Opens another device: a separate browser context, with only these cookies. */
  anotherDevice: (cookies?: Cookies) => Promise<Page>;
};

/** Chromium logs this because the frame of an email in the mailbox blocks all scripts, even the test driver's. */
const KEPT_FROM_A_MAIL =
  /^Blocked script execution in '[^']*\/dev\/mailbox\/[^']*' because the document's frame is sandboxed/;

/** Also fails a test if a page logs an error, violates its Content-Security-Policy, or requests another site. */
export const test = base.extend<Fixtures>({
  faults: [
    async ({ context, baseURL }, use) => {
      const faults: string[] = [];
      watch(context, baseURL, faults);
      await use(faults);
      base.expect(faults).toEqual([]);
    },
    { auto: true },
  ],
  anotherDevice: async ({ browser, baseURL, faults }, use) => {
    const opened: BrowserContext[] = [];
    await use(async (cookies = []) => {
      const context = await browser.newContext();
      opened.push(context);
      watch(context, baseURL, faults);
      await context.addCookies(cookies);
      return context.newPage();
    });
    for (const context of opened) await context.close();
  },
});

function watch(context: BrowserContext, baseURL: string | undefined, faults: string[]) {
  context.on("weberror", (webError) => faults.push(webError.error().message));
  context.on("console", (message) => {
    const isFault = message.type() === "error" && !ANSWERED_WITH_AN_ERROR.test(message.text());
    if (isFault && !KEPT_FROM_A_MAIL.test(message.text())) faults.push(message.text());
  });
  context.on("request", (request) => {
    if (new URL(request.url()).origin !== baseURL) faults.push(`asked ${request.url()}`);
  });
}

/** Returns the cookies that a browser keeps after it is closed: those with an expiry date. */
export async function keptCookies(page: Page): Promise<Cookies> {
  return (await page.context().cookies()).filter(({ expires }) => expires > 0);
}
