import assert from "node:assert/strict";
import { test } from "node:test";
import { describeAgent } from "../../../src/lib/text/user-agent.js";

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

test("a browser is described by its name and system", () => {
  assert.equal(describeAgent(firefox), "Firefox on Linux");
  assert.equal(
    describeAgent(
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    ),
    "Chrome on Windows",
  );
  assert.equal(describeAgent(""), "An unknown browser");
});

test("no text from the header appears in the description", () => {
  const texts = [
    "Your password is leaked, log in at http://evil.example",
    "<b>Urgent</b>",
    "Call_0900_123456",
    "Évil",
    "\u202eevil",
  ];
  const around = [
    (text: string) => text,
    (text: string) => `${text}/1.0`,
    (text: string) => `${text}/1.0 more`,
    (text: string) => `Mozilla/5.0 (${text}) ${text}/1.0`,
    (text: string) => `${text} ${firefox}`,
    (text: string) => `${firefox} ${text}/2.0 x`,
    (text: string) => `Mozilla/5.0 (Windows ${text}) Gecko ${text}`,
    (text: string) => `Mozilla/5.0 (Linux; Android 14; ${text}) ${text}/1 Mobile`,
    (text: string) => `Mozilla/5.0 (iPhone; CPU iPhone OS ${text} like Mac OS X) ${text}`,
  ];
  const named = /^(An unknown browser|[A-Z][\w .®+-]{1,30})( on (Android|Linux|Windows|iOS|macOS|[A-Z][\w ]{1,15}))?$/;
  for (const text of texts) {
    for (const write of around) {
      const name = describeAgent(write(text));
      assert.match(name, named);
      for (const word of text.split(/\W+/).filter((one) => one.length > 3)) assert.ok(!name.includes(word), name);
    }
  }
});
