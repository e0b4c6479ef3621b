import "../support/settings/limits.js";
import "../support/environment.js";
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { stopJobs } from "../../src/jobs/schedule.js";
import { maskedText, type Whole, wholeAnswer } from "../support/forms/whole-answers.js";
import { kinds, type Someone, someone } from "../support/users/address-kinds.js";
import { anotherNetwork, from } from "../support/users/networks.js";
import type { Page } from "../support/visitor.js";

// Registers with an email as a stranger, and then tries everything that could reveal whether it already had an account.

const password = "a-Wall-of-old-stones";
let signUps = 0;

before(stopJobs);

/** Logs in through the API, and removes the request id from the response. */
async function logInByApi({ request }: ReturnType<typeof from>, credentials: object): Promise<Page> {
  const page = await request("/api/v1/auth/login", {
    method: "POST",
    body: JSON.stringify(credentials),
    headers: { "content-type": "application/json", "x-forwarded-for": anotherNetwork() },
  });
  return { ...page, text: page.text.replace(/"requestId":"[^"]*"/, "") };
}

type Step = [what: string, answer: Whole, next: string];

/** Registers with an email and tries everything that could reveal an account. */
async function pry({ email }: Pick<Someone, "email">): Promise<Step[]> {
  signUps += 1;
  const username = `prying${String(signUps).padStart(5, "0")}`;
  const own = `${username}@example.org`;
  const typed = { email, own, username };
  const steps: Step[] = [];
  const here = from(anotherNetwork());
  const elsewhere = from(anotherNetwork());
  const third = from(anotherNetwork());

  /** Records a response and the page that it leads to. */
  async function step(what: string, who: typeof here, send: () => Promise<Page>) {
    let location: string | null = null;
    const answer = await wholeAnswer(async () => {
      const page = await send();
      location = page.location;
      return page;
    }, typed);
    steps.push([what, answer, location === null ? "" : maskedText((await who.get(location)).text, typed)]);
  }
  const form = async (what: string, who: typeof here, ...filled: Parameters<typeof here.fillIn>) =>
    step(what, who, await who.fillIn(...filled));

  await form("signing up", here, "/register", { username, email, password });
  await form("signing up once more under the same name", here, "/register", { username, email, password });
  await form("the same elsewhere", elsewhere, "/register", { username, email, password });
  await step("the page of that name", elsewhere, () => elsewhere.get(`/users/${username}`));
  await form("a login by address in a third browser", third, "/login", { login: email, password });
  await form("asking for the mail once more", here, "/email-confirmation", { email });
  await form("the same elsewhere", elsewhere, "/email-confirmation", { email });
  await form("a reset", here, "/password-reset", { email });
  await form("a wrong password here", here, "/login", { login: email, password: `${password}!` });
  await form("a login by address here", here, "/login", { login: email, password });
  for (const path of ["/email-confirmation", "/account/profile", "/account/password", "/account/email", "/dashboard"]) {
    await step(path, here, () => here.get(path));
  }
  await form("the same address as a correction", here, "/email-confirmation", { email });
  await form("another address", here, "/email-confirmation", { email: own });
  await form("and back", here, "/email-confirmation", { email });
  await form("a login by name in a third browser", third, "/login", { login: username, password });
  await form("the address as a correction there", third, "/email-confirmation", { email });
  await step("the API", third, () => logInByApi(third, { username, password }));
  return steps;
}

test("registering with an email never reveals, even later, whether the email already had an account", async () => {
  await pry(await someone("unknown")); // a warm-up: creates everything that is created only once
  const expected = await pry(await someone("unknown"));
  const statuses = expected.map(([what, { status }]) => `${what}: ${status}`);
  assert.ok(statuses.includes("a login by address here: 303"), statuses.join("\n"));
  assert.ok(statuses.includes("a login by address in a third browser: 401"), statuses.join("\n"));
  assert.ok(statuses.includes("the API: 403"), statuses.join("\n"));
  for (const kind of kinds) {
    const found = await pry(await someone(kind));
    for (const [n, step] of found.entries()) assert.deepEqual(step, expected[n], `${kind}: ${step[0]}`);
  }
});
