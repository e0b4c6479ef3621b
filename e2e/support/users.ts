import { randomBytes } from "node:crypto";
import { expect, type Page } from "playwright/test";
import { followLink, linkIn, mailAbout } from "./mailbox.js";

export type Person = { username: string; email: string; password: string };

/** Creates the data of a new user. It is unique, because tests run in parallel on one database. */
export function newUser(name = "ada"): Person {
  const username = `${name}-${randomBytes(4).toString("hex")}`;
  return { username, email: `${username}@example.org`, password: `lantern gravel ${randomBytes(4).toString("hex")}` };
}

/** The email that confirms an address, for `followLink`. */
export const confirmation = { about: /Confirm your email address/, path: "/email-confirmation/" };

/** Fills in the registration form without sending it. */
export async function fillRegistration(page: Page, person: Person) {
  await page.getByLabel("Username").fill(person.username);
  await page.getByLabel("Email").fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
}

/**
 * Creates a user with a confirmed account who is logged in; ends on the dashboard. It sends the forms without opening their
 * pages, to save time.
 */
export async function signUp(page: Page, person = newUser()): Promise<Person> {
  await send(page, "/register", person);
  await send(page, linkIn(await mailAbout(page, person.email, confirmation.about), confirmation.path), {});
  await page.goto("/dashboard");
  await expect(page).toHaveURL("/dashboard");
  return person;
}

/** Sends the form at an address with its hidden fields. */
async function send(page: Page, path: string, fields: Record<string, string>) {
  const html = await (await page.request.get(path)).text();
  const hidden = html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g);
  const own = Object.fromEntries(Array.from(hidden, ([, name = "", value = ""]) => [name, value]));
  const answer = await page.request.post(path, { form: { ...own, ...fields }, maxRedirects: 0 });
  expect(answer.status(), `POST ${path}`).toBe(303);
}

/** Does the same as `signUp` through the pages. */
export async function signUpByHand(page: Page, person = newUser()): Promise<Person> {
  await register(page, person);
  await followLink(page, person.email, confirmation);
  await submit(page, "Confirm email address");
  await expect(page).toHaveURL("/dashboard");
  return person;
}

/** Sends the registration form. Stays on the page that asks the user to check the mailbox. */
export async function register(page: Page, person = newUser()): Promise<Person> {
  await page.goto("/register");
  await fillRegistration(page, person);
  await submit(page, "Create account");
  await expect(page).toHaveURL("/email-confirmation");
  return person;
}

/** Logs in on the current page, or opens the login page first. */
export async function logIn(page: Page, { email, password }: Pick<Person, "email" | "password">) {
  if (new URL(page.url()).pathname !== "/login") await page.goto("/login");
  await page.getByLabel("Email or username").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await submit(page, "Log in");
}

export async function logOut(page: Page) {
  await submit(page, "Log out");
  await expect(page.getByText("You are logged out.")).toBeVisible();
}

/** Presses the button with exactly this name. */
export async function submit(page: Page, name: string) {
  await page.getByRole("button", { name, exact: true }).click();
}
