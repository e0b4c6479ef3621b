import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { temporaryDirectory, temporaryEngine } from "./support/database/engine.js";
import { freePort, startServer } from "./support/processes/server.js";

const secrets = {
  password: "sturdy-Gate-in-the-wall",
  pepper: "uN4bXq7eWz2rTk9mVc5jHs8yLg3dPf6a",
  session: "kT9cVb3mQw8zLx5nRj2hGf7dYs4pAe6u",
  query: "sesame-in-the-address",
  header: "sesame-in-the-header",
  link: "sesame-in-a-mailed-link-0123456789abcdefghi",
  wrong: "not-the-password-at-all",
};

const purposes = [
  "email-confirmation",
  "password-reset",
  "email-change",
  "email-undo",
  "recovery-email",
  "not-me",
  "factor-recovery",
  "factor-recovery-cancel",
];

/** Waits for the first email, and returns the path of its link. */
async function mailedLink(origin: string): Promise<string> {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(50)) {
    const mails = (await (await fetch(`${origin}/dev/mailbox.json`)).json()) as { text: string }[];
    if (mails[0]) return /https?:\/\/[^/\s]+(\/email-confirmation\/\S+)/.exec(mails[0].text)?.[1] ?? "";
  }
  return assert.fail("no email arrived");
}

test("the log contains events as JSON lines without secrets, and the server stops cleanly", async () => {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const { uri } = await temporaryEngine();
  const server = startServer({
    NODE_ENV: "test",
    PORT: String(port),
    MONGODB_URI: uri,
    DATA_DIR: temporaryDirectory(),
    BCRYPT_COST: "4",
    EMAIL_CONFIRMATION: "optional",
    LOG_LEVEL: "trace",
    PASSWORD_PEPPER: secrets.pepper,
    SESSION_SECRET: secrets.session,
  });
  assert.ok(await server.ready, server.output());

  const cookies = new Map<string, string>();
  const seen: string[] = [];
  const ask = async (path: string, fields?: Record<string, string>) => {
    const headers = {
      cookie: [...cookies].map((pair) => pair.join("=")).join("; "),
      authorization: `Bearer ${secrets.header}`,
    };
    const init: RequestInit = { headers, redirect: "manual" };
    const answer = await fetch(
      origin + path,
      fields ? { ...init, method: "POST", body: new URLSearchParams(fields) } : init,
    );
    for (const line of answer.headers.getSetCookie()) {
      const [name = "", value = ""] = (line.split(";")[0] ?? "").split("=");
      cookies.set(name, value);
      if (value)
        seen.push(decodeURIComponent(value), decodeURIComponent(value).split(".")[0]?.replace(/^s:/, "") ?? "");
    }
    const text = await answer.text();
    const token = /name="_csrf" value="([^"]+)"/.exec(text)?.[1] ?? "";
    if (token) seen.push(token);
    return { status: answer.status, token, text };
  };
  /** Opens mailed links, valid or not, and presses their buttons. */
  const follow = async (paths: string[], status: number) => {
    for (const path of paths) {
      const looked = await ask(path);
      assert.equal(looked.status, status, path);
      if (status !== 200) assert.ok(!looked.text.includes(secrets.link), "the error page does not contain the secret");
      await ask(path, { _csrf: looked.token || token });
      await fetch(`${origin}/csp-reports`, report(`${path}#${secrets.query}`));
    }
  };
  const report = (path: string) => ({
    method: "POST",
    headers: { "content-type": "application/csp-report" },
    body: JSON.stringify({ "csp-report": { "document-uri": origin + path, referrer: encodeURIComponent(path) } }),
  });
  const ada = { username: "ada", email: "ada@example.org" };
  const { token } = await ask("/register");
  assert.equal((await ask("/login", { _csrf: token, login: "ada", password: secrets.wrong })).status, 401);
  assert.equal((await ask("/register", { _csrf: token, ...ada, password: secrets.password })).status, 303);
  await fetch(`${origin}/csp-reports`, report(`/login?token=${secrets.query}`));
  await follow(
    purposes.flatMap((purpose) => [`/${purpose}/${secrets.link}`, `//${purpose}/${secrets.link}/x`]),
    404,
  );
  const mailed = await mailedLink(origin);
  seen.push(mailed.split("/").at(-1) ?? "");
  await follow([mailed], 200);
  assert.ok(![...cookies.values()].some((value) => decodeURIComponent(value).includes(secrets.link)));
  assert.equal((await ask(`/dashboard?token=${secrets.query}`)).status, 200);
  assert.equal((await ask(`/nothing\u001b[31m?token=${secrets.query}`)).status, 404);
  assert.equal((await ask("/posts", { password: secrets.wrong })).status, 403);
  server.stop();
  assert.equal(await server.ended, 0, server.output());

  const lines = server
    .output()
    .split("\n")
    .filter((line) => line && !/^(Postern is ready|No accounts yet)/.test(line));
  const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const event of ["session.refused", "user.registered", "session.started", "request.refused"]) {
    assert.ok(
      entries.some((entry) => entry.event === event),
      event,
    );
  }
  const request = entries.find((entry) => entry.path === "/dashboard");
  assert.equal(request?.status, 200);
  assert.match(String(request?.request), /^[0-9a-f-]{36}$/);
  assert.match(String(request?.time), /^\d{4}-\d\d-\d\dT/);

  const secret = [
    ...Object.values(secrets),
    ...seen.filter((value) => value.length > 8 && !value.startsWith("/")),
    ada.email,
    "$2b$",
  ];
  assert.ok(seen.length > 5);
  for (const value of secret) assert.ok(!server.output().includes(value), value);
});
