import { test as base } from "playwright/test";

export { expect } from "playwright/test";

/** What Chromium logs for every answer of 400 and above; stories visit such pages on purpose. */
const ANSWERED_WITH_AN_ERROR = /^Failed to load resource: the server responded with a status of 4/;

/** A story fails too when a page logs an error, breaks its Content-Security-Policy, or asks any other site for anything. */
export const test = base.extend<{ quietPages: undefined }>({
  quietPages: [
    async ({ context, baseURL }, use) => {
      const faults: string[] = [];
      context.on("weberror", (webError) => faults.push(webError.error().message));
      context.on("console", (message) => {
        if (message.type() === "error" && !ANSWERED_WITH_AN_ERROR.test(message.text())) faults.push(message.text());
      });
      context.on("request", (request) => {
        if (new URL(request.url()).origin !== baseURL) faults.push(`asked ${request.url()}`);
      });
      await use(undefined);
      base.expect(faults).toEqual([]);
    },
    { auto: true },
  ],
});
