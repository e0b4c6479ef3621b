import "../../support/environment.js";
import assert from "node:assert/strict";
import { get, type IncomingMessage } from "node:http";
import { mock, test } from "node:test";
import { config } from "../../../src/config/index.js";
import { log } from "../../../src/log.js";
import { origin } from "../../support/app.js";

/** Requests a page under another host name. @returns the page's HTML */
async function opened(path: string, host: string): Promise<string> {
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    get(origin + path, { headers: { host, accept: "text/html" } }, resolve).on("error", reject),
  );
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  return text;
}

const pages = ["/", "/login", "/register", "/posts", "/no-such-page"];

test("pages under another host contain the notice with BASE_URL, and the script that shows it", async () => {
  for (const path of pages) {
    const html = await opened(path, "other.example:8080");
    assert.match(html, new RegExp(`data-other-host data-base-url="${config.baseUrl.origin}" hidden`), path);
    assert.match(html, new RegExp(`<a href="${config.baseUrl.origin}${path}">`), path);
    assert.match(html, /<script type="module" src="[^"]*other-host[^"]*">/, path);
  }
});

test("pages under BASE_URL, or in development under another name of this machine, contain no notice", async () => {
  for (const host of [config.baseUrl.host, `127.0.0.1:${config.baseUrl.port}`])
    for (const path of pages) assert.doesNotMatch(await opened(path, host), /other-host/, `${host}${path}`);
});

test("unknown hosts are logged once each, up to a maximum, and long or hostile names are cut and escaped", async () => {
  const warn = mock.method(log, "warn", () => {});
  const hosts = () => warn.mock.calls.map(({ arguments: [entry] }) => entry as unknown as Record<string, string>);
  await opened("/", "first.example");
  await opened("/login", "first.example");
  assert.deepEqual(hosts(), [{ event: "request.other-host", host: "first.example", baseUrl: config.baseUrl.origin }]);
  const html = await opened("/", `"><script>${"x".repeat(500)}`);
  assert.equal(hosts().at(-1)?.host?.length, 200);
  assert.doesNotMatch(html, /"><script>x/);
  for (let n = 0; n < 50; n += 1) await opened("/", `n${n}.example`);
  assert.ok(hosts().length <= 20, `${hosts().length} lines`);
  warn.mock.restore();
});
