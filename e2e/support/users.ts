import { randomBytes } from "node:crypto";
import { expect, type Page } from "playwright/test";
import { followLink } from "./mailbox.js";

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

/** Registers a user and confirms the email through its link, which logs the user in. Stays on the dashboard. */
export async function signUp(page: Page, person = newUser()): Promise<Person> {
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
