import "../support/environment.js";
import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { test } from "node:test";
import { origin } from "../support/app.js";
import { newestMail } from "../support/mailbox.js";
import { newPerson } from "../support/users.js";
import { readToken, visitor } from "../support/visitor.js";

const forged = { host: "evil.example", "x-forwarded-host": "evil.example", forwarded: "host=evil.example" };

test("links in emails use BASE_URL, whatever host a request names", async () => {
  const browser = visitor();
  const ada = newPerson();
  const _csrf = readToken((await browser.get("/register")).text);
  const cookie = [...browser.cookies].map((pair) => pair.join("=")).join("; ");
  const type = "application/x-www-form-urlencoded";
  const sent = request(`${origin}/register`, { method: "POST", headers: { ...forged, cookie, "content-type": type } });
  sent.end(String(new URLSearchParams({ _csrf, ...ada })));
  const [answer] = await once(sent, "response");
  assert.equal(answer.statusCode, 303);
  assert.equal(answer.headers.location, "/email-confirmation");
  const { text, html } = await newestMail(ada.email);
  assert.match(text, /^http:\/\/localhost:3000\/email-confirmation\/[\w-]{43}$/m);
  assert.doesNotMatch(text + html, /evil/);
});
