import "../support/app.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { member, post } from "../support/people.js";

const hebrew = { title: "שער בחומה", body: "זהו *שער*.\n\nA second paragraph." };

test("text of either direction says so wherever it stands: on its page, in lists and in the form", async () => {
  const ada = await member();
  const url = await post(ada, hebrew);
  for (const path of [url, "/", "/posts", "/dashboard", `/users/${ada.username}`]) {
    const { text } = await ada.get(path);
    for (const [before] of text.matchAll(/<[^<>]*>(?=[^<>]*שער בחומה[^<>]*<)/g)) {
      const around = text.slice(
        Math.max(0, text.indexOf(`${before}שער`) - 120),
        text.indexOf(`${before}שער`) + before.length,
      );
      assert.match(around, /dir="auto"|<bdi>|<title>/, `${path}: ${around}`);
    }
  }
  assert.match((await ada.get(url)).text, /<div class="prose" dir="auto">/);
  const form = (await ada.get(`${url.split("/").slice(0, 3).join("/")}/edit`)).text;
  for (const field of ["title", "body"]) assert.match(form, new RegExp(`name="${field}"[^>]* dir="auto"`), field);
});

test("the address of a post keeps the letters of its title, and leads to it", async () => {
  const ada = await member();
  const url = decodeURI(await post(ada, hebrew));
  assert.match(url, /\/שער-בחומה$/);
  assert.equal((await ada.get(encodeURI(url))).status, 200);
});
