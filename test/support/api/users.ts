import assert from "node:assert/strict";
import type { Scope } from "../../../src/definitions/scopes.js";
import { ApiToken } from "../../../src/models/api-token.js";
import { User } from "../../../src/models/user.js";
import { loggedIn, program } from "../api.js";
import { type Member, member } from "../users.js";

/** A member with a logged-in API client. */
export async function apiMember(person?: Member) {
  const ada = person ?? (await member());
  const { _id } = await User.findOne({ username: ada.username }).orFail();
  return { ...ada, id: String(_id), api: await loggedIn(ada) };
}
export type ApiMember = Awaited<ReturnType<typeof apiMember>>;

/** An API client with a token of this user that has only these scopes. */
export async function tokenFor({ id }: { id: string }, ...scopes: Scope[]) {
  const expiresAt = new Date(Date.now() + 3_600_000);
  const issued = await ApiToken.issue(id, { description: "A test", scopes, expiresAt });
  assert.ok(issued, "too many tokens");
  return program(issued.secret);
}

export const writing = { title: "A gate", body: "In the *wall*.", visibility: "public" };

/** Creates a post through the API and returns it with its ETag. */
export async function apiPost({ api }: Pick<ApiMember, "api">, fields: Record<string, unknown> = {}) {
  const { status, body, headers } = await api.post("/posts", { ...writing, ...fields });
  assert.equal(status, 201, JSON.stringify(body));
  return { ...(body as { id: string; title: string; updatedAt: string }), tag: headers.get("etag") ?? "" };
}
