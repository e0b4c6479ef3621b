// @ts-check
import { before, endOfFile, sortedIn } from "./edits.js";
import { toNames } from "./names.js";
import { assertNewMail, define } from "./site.js";

/** Plans an email to a user. @param {string} given @param {boolean} isSite @returns {import("../new.js").Plan} */
export function planMail(given, isSite) {
  const { name, pascal, title } = toNames(given);
  if (isSite) return planSiteMail(name, title);
  return {
    exports: [`send${pascal}`],
    files: {
      [`views/mail/account/${name}.ejs`]: view(title),
      [`test/mail/${name}.test.ts`]: testOf(name, pascal, title),
    },
    edits: [
      { file: "src/mail/index.ts", at: endOfFile, add: sender(name, pascal) },
      { file: "src/mail/audiences.ts", at: before("} as const satisfies Record<string"), add: `  "${name}": "one",\n` },
      {
        file: "test/mail/audiences.test.ts",
        at: before("};\n\nconst jobs ="),
        add: `  send${pascal}: () => mail.send${pascal}(owner),\n`,
      },
      {
        file: "test/mail/queued-names.test.ts",
        at: sortedIn("const names: Record<string, string> = {", name),
        add: `  "${name}": "${name}",\n`,
      },
    ],
    next: [
      `Write the email in views/mail/account/${name}.ejs: its title is the subject line.`,
      `Should both addresses of a user get it? Decide in src/mail/audiences.ts.`,
      `Call mail.send${pascal}(user) from the use case in src/services that sends it.`,
      "A value that no email has shown before needs a kind in src/mail/values.ts.",
      "See it at /dev/mailbox (npm run dev).",
    ],
  };
}

/** @param {string} name @param {string} title @returns {import("../new.js").Plan} */
function planSiteMail(name, title) {
  assertNewMail(name);
  const file = `views/site/mail/account/${name}.ejs`;
  return {
    exports: [],
    files: { [file]: view(title), [`test/site/${name}-mail.test.ts`]: siteTest(name, title) },
    edits: [define("mails", `"${name}"`, '"one"')],
    next: [
      `Write the email in ${file}: its title is the subject line.`,
      'Should both addresses of a user get it? Say "each" in src/site/definitions.ts.',
      `Call sendSiteMail("${name}", toReceiver(user)) where it is sent.`,
      "A value that no email has shown before needs a form in mailValues in src/site/definitions.ts.",
      "See it at /dev/mailbox (npm run dev).",
    ],
  };
}

/** @param {string} name @param {string} title */
const siteTest = (name, title) => `import assert from "node:assert/strict";
import { test } from "node:test";
import { sendSiteMail } from "../../src/mail/index.js";
import { User } from "../../src/models/user.js";
import { toReceiver } from "../../src/services/mail/recipients.js";
import { linkIn, mailAbout } from "../support/mailbox.js";
import { member } from "../support/users.js";

test("the email ${name} arrives with the username of the recipient and one link", async () => {
  const { username } = await member();
  const user = await User.findOne({ username }).orFail();
  await sendSiteMail("${name}", toReceiver(user));
  const mail = await mailAbout(user.email, /^${title} · /);
  for (const part of [mail.text, mail.html]) assert.ok(part.includes(\`Hi \${username},\`));
  assert.equal(linkIn(mail, "/"), "/dashboard");
});
`;

/** @param {string} name @param {string} pascal */
const sender = (name, pascal) => `
/** Sends the email ${name}. */
export const send${pascal} = ({ username, email }: Receiver) =>
  send({ view: "${name}", to: email, locals: { username } });
`;

/** @param {string} title */
const view = (title) => `<%# locals: username %>
<% page.title = "${title}" %>
<% page.preview = "What the inbox shows beside the subject line." %>
<h1><%= page.title %></h1>
<p>Hi <%= username %>,</p>
<p>The text of this email.</p>
<%- include("mail/_button", { to: \`\${baseUrl}/dashboard\`, text: "Open your dashboard" }) %>
`;

/** @param {string} name @param {string} pascal @param {string} title */
const testOf = (name, pascal, title) => `import "../support/app.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { send${pascal} } from "../../src/mail/index.js";
import { linkIn, newestMail } from "../support/mailbox.js";
import { newPerson } from "../support/users.js";

test("the email ${name} arrives with the username of the recipient and one link", async () => {
  const ada = newPerson();
  await send${pascal}(ada);
  const mail = await newestMail(ada.email);
  assert.match(mail.subject, /^${title} · /);
  for (const part of [mail.text, mail.html]) assert.ok(part.includes(\`Hi \${ada.username},\`));
  assert.equal(linkIn(mail, "/"), "/dashboard");
});
`;
