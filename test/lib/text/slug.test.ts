import assert from "node:assert/strict";
import { test } from "node:test";
import { createPostSlug } from "../../../src/lib/text/slug.js";

const slugs: [title: string, slug: string][] = [
  ["A gate in the wall", "a-gate-in-the-wall"],
  ["Ein großes Tor für Zoë", "ein-grosses-tor-fuer-zoe"],
  ["門と壁", "門と壁"],
  ["Привет, мир!", "привет-мир"],
  ["नमस्ते दुनिया", "नमस्ते-दुनिया"],
  ["שלום עולם", "שלום-עולם"],
  ["مرحبا بالعالم", "مرحبا-بالعالم"],
  ["สวัสดีชาวโลก", "สวัสดีชาวโลก"],
  ["ＦＵＬＬ 門", "full-門"],
  ["ශ්\u200dරී ලංකාව", "ශ්රී-ලංකාව"],
  ["می\u200cخواهم", "می-خواهم"],
  ["Donau\u00addampf", "donaudampf"],
  ["門\u00ad壁\u2060門", "門壁門"],
  ["п'ять дерев’яних", "пять-деревяних"],
  ['צה"ל וצה״ל', "צהל-וצהל"],
  ["Don’t 'quote' l'été", "dont-quote-lete"],
  ["١٢٣", "١٢٣"],
  ["日本語とEnglish", "日本語とenglish"],
  ["😀", "post"],
  ["Edit", "post"],
  ["///", "post"],
];

for (const [title, slug] of slugs) {
  test(`the slug of ${JSON.stringify(title)} is ${slug}`, () => assert.equal(createPostSlug(title), slug));
}

test("a long title is cut between characters, not inside one", () => {
  assert.equal(createPostSlug("門".repeat(150)), "門".repeat(80));
  assert.ok(createPostSlug("𠀀".repeat(150)).isWellFormed());
});
