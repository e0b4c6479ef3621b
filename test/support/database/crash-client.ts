import { setTimeout as sleep } from "node:timers/promises";
import { type Page, readToken, type Visitor, visitor } from "../visitor.js";

/** The data of a user, and the writes that the server has acknowledged. */
export interface Account {
  username: string;
  email: string;
  password: string;
  /** The server confirmed the registration. */
  acknowledged: boolean;
  /** The acknowledged posts: their addresses, and the text that must be there. */
  posts: { address: string; text: string }[];
  browser: Visitor;
}

/** The results of all clients of a test run. */
export interface Ledger {
  accounts: Account[];
  /** Number of acknowledged accounts and posts. */
  acknowledged: number;
  /** How often the server was unreachable or answered 503. */
  refused: number;
  /** Answers other than success or 503; there must be none. */
  unexpected: string[];
}

export const emptyLedger = (): Ledger => ({ accounts: [], acknowledged: 0, refused: 0, unexpected: [] });

const POSTS_EACH = 3;
const PAUSE_MS = 50;
/** More than twice the time that a request may wait for the database, which is five seconds. */
const ANSWER_WITHIN_MS = 12_000;

/** Registers one user after another until aborted. Each user writes some posts. */
export async function keepWriting(
  base: string,
  { name, ledger, signal }: { name: string; ledger: Ledger; signal: AbortSignal },
) {
  for (let i = 0; !signal.aborted; i += 1) {
    const account = newAccount(base, `${name}-${i}`);
    ledger.accounts.push(account);
    account.acknowledged = (await attempt(ledger, () => register(account))) !== null;
    for (let n = 0; account.acknowledged && n < POSTS_EACH && !signal.aborted; n += 1) {
      const text = `${account.username} wrote this as number ${n}`;
      const address = await attempt(ledger, () => publish(account, text));
      if (address) account.posts.push({ address, text });
    }
  }
}

function newAccount(base: string, username: string): Account {
  const identity = { username, email: `${username}@example.org`, password: "sturdy-Gate-in-the-wall" };
  return { ...identity, acknowledged: false, posts: [], browser: visitor(base) };
}

const register = ({ browser, username, email, password }: Account) =>
  fillIn(browser, { form: "/register", action: "/register", fields: { username, email, password } });

const publish = ({ browser }: Account, text: string) =>
  fillIn(browser, { form: "/posts/new", action: "/posts", fields: { title: text, body: text, visibility: "members" } });

/** Logs in with a new browser, and returns the server's answer. */
export async function logIn(
  base: string,
  { username, password }: Account,
): Promise<{ browser: Visitor; status: number }> {
  const browser = visitor(base);
  const page = await browser.submit("/login", { login: username, password });
  return { browser, status: page.status };
}

type Sheet = { form: string; action: string; fields: Record<string, string> };

async function fillIn(browser: Visitor, { form, action, fields }: Sheet): Promise<Page> {
  const blank = await browser.get(form);
  if (blank.status !== 200) return blank;
  return browser.send(action, { _csrf: readToken(blank.text), ...fields });
}

/** Returns the redirect of an acknowledged action; null if the server was unavailable. */
async function attempt(ledger: Ledger, action: () => Promise<Page>): Promise<string | null> {
  const page = await Promise.race([action().catch(() => null), sleep(ANSWER_WITHIN_MS, undefined, { ref: false })]);
  const away = page === null || (page && page.status >= 500);
  if (!away && page?.status === 303 && page.location !== "/login") {
    ledger.acknowledged += 1;
    return page.location;
  }
  if (away) ledger.refused += 1;
  else ledger.unexpected.push(page ? `${page.status} ${page.location ?? ""}` : "no answer");
  await sleep(PAUSE_MS);
  return null;
}

/** Reads the same page repeatedly until the server is unreachable. Returns the statuses. */
export async function readUntilRefused(base: string): Promise<Set<number>> {
  const statuses = new Set<number>();
  const reader = visitor(base);
  for (;;) {
    const page = await reader.get("/posts").catch(() => null);
    if (page === null) return statuses;
    statuses.add(page.status);
  }
}
