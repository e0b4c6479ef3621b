import assert from "node:assert/strict";
import type { Scope } from "../../../src/definitions/scopes.js";
import { loggedIn, program } from "../api.js";

/** Creates an API token of a user through the API, and returns it with a client. */
export async function readToken(person: { username: string; password: string }, ...scopes: Scope[]) {
  const made = await (await loggedIn(person)).post("/tokens", { description: "A robot", scopes, expiresInDays: 30 });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { id, token } = made.body as { id: string; token: string };
  return { id, token, ...program(token) };
}
