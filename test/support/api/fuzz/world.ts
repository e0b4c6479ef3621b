import assert from "node:assert/strict";
import type { Role } from "../../../../src/definitions/roles.js";
import type { Scope } from "../../../../src/definitions/scopes.js";
import { User } from "../../../../src/models/user.js";
import { loggedIn, program } from "../../api.js";
import { linkFor } from "../../mail/links.js";
import { linkIn, mailAbout } from "../../mailbox.js";
import { until } from "../../until.js";
import { account } from "../../users/accounts.js";
import { domain } from "../../users/domains.js";
import { newPerson } from "../../users/fresh-user.js";
import { tokenFor } from "../users.js";
import type { Known } from "./values.js";

/** Who makes a call. The tokens belong to a superadmin and to a user. */
export const kinds = [
  "visitor",
  "user",
  "member",
  "admin",
  "superadmin",
  "domainAdmin",
  "disabled",
  "readingToken",
  "writingToken",
] as const;
export type Kind = (typeof kinds)[number];
type Client = Awaited<ReturnType<typeof createClient>> & { robot?: ReturnType<typeof program> };

/** Creates a user who is logged in as an API client. */
async function createClient(role?: Role, place: string | null = null) {
  const person = await account();
  if (role) await (await User.findById(person.id).orFail()).grantRole({ role, domain: place });
  return { ...person, api: await loggedIn(person) };
}

async function createDisabled() {
  const client = await createClient();
  await (await User.findById(client.id).orFail()).disable();
  return client;
}

async function createRobot(role: Role, ...scopes: Scope[]) {
  const client = await createClient(role);
  return { ...client, robot: await tokenFor(client, ...scopes) };
}

/**
 * Creates users of each kind, as clients of the API, and what they own. Calls delete and disable some of it, so a long
 * test creates a new world now and then. `replace` creates a new user of a kind.
 */
export async function createWorld() {
  const club = await domain();
  const arrivals: Record<Exclude<Kind, "visitor">, () => Promise<Client>> = {
    user: () => createClient(),
    member: () => createClient("user", club.id),
    admin: () => createClient("admin"),
    superadmin: () => createClient("superadmin"),
    domainAdmin: () => createClient("admin", club.id),
    disabled: createDisabled,
    readingToken: () => createRobot("superadmin", "posts.read", "users.read"),
    writingToken: () => createRobot("user", "posts.read", "posts.write", "account.edit"),
  };
  const clients = new Map<Kind, Client>();
  const callers = new Map<Kind, ReturnType<typeof program>>([["visitor", program()]]);
  async function replace(kind: Kind) {
    if (kind === "visitor") return;
    const client = await arrivals[kind]();
    clients.set(kind, client);
    callers.set(kind, client.robot ?? client.api);
  }
  for (const kind of kinds) await replace(kind);
  const get = (kind: Kind) => clients.get(kind) ?? assert.fail(kind);
  const known = await createKnown(
    { user: get("user"), member: get("member"), superadmin: get("superadmin"), author: await createClient() },
    [...clients.values()],
    club.slug,
  );
  return { known, replace, getCaller: (kind: Kind) => callers.get(kind) ?? assert.fail(kind) };
}
export type World = Awaited<ReturnType<typeof createWorld>>;

type Owners = { user: Client; member: Client; superadmin: Client; author: Client };

/** Creates posts, comments, tokens, invitations and links, and lists the values that name them. */
async function createKnown(
  { user, member, superadmin, author }: Owners,
  persons: Client[],
  slug: string,
): Promise<Known> {
  const create = async ({ api }: { api: ReturnType<typeof program> }, path: string, body?: Record<string, unknown>) => {
    const answer = await api.post(path, body);
    assert.ok(answer.status < 300, `${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return { id: String(answer.body.id), tag: answer.headers.get("etag") ?? "" };
  };
  await create(user, "/users/me/export");
  const text = { title: "A gate", body: "In the *wall*." };
  const posts = [
    await create(user, "/posts", { ...text, visibility: "public" }),
    await create(author, "/posts", { ...text, visibility: "members" }),
    await create(member, "/posts", { ...text, visibility: "domain", domain: slug }),
    await create(author, "/posts", { ...text, visibility: "draft" }),
  ];
  const comments = [
    await create(author, `/posts/${posts[0]?.id}/comments`, { body: "Well *said*." }),
    await create(user, `/posts/${posts[1]?.id}/comments`, { body: "So it is." }),
  ];
  const wish = { description: "A robot", scopes: ["posts.read"], expiresInDays: 30 };
  const tokens = [await create(user, "/tokens", wish), await create(superadmin, "/tokens", wish)];
  const invited = [newPerson().email, newPerson().email];
  const invitations = [
    await create(superadmin, "/invitations", { email: invited[0], role: "user" }),
    await create(superadmin, "/invitations", { email: invited[1], role: "editor", domain: slug }),
  ];
  const pending = newPerson();
  await create({ api: program() }, "/auth/register", pending);
  const readToken = (link: string) => link.split("/").at(-1) ?? "";
  const invitedBy = invited.map(async (email) => readToken(linkIn(await mailAbout(email, /invited/), "/invitations/")));
  const invitationTokens = await Promise.all(invitedBy);
  let file = "";
  await until("the export is ready", async () => {
    file = (await user.api.get("/users/me/export")).body.json?.url ?? "";
    return file !== "";
  });
  const newcomers = [newPerson(), newPerson(), newPerson(), newPerson(), newPerson()];
  const names = [...persons, ...newcomers];
  const ids = persons.map(({ id }) => id);
  await loggedIn(user);
  const sessions = (await user.api.get("/users/me/sessions")).body.data as { handle: string | null }[];
  const cursors = [
    (await superadmin.api.get("/users?limit=1")).body.next,
    (await user.api.get("/posts?limit=1")).body.next,
  ];
  return {
    users: ids,
    members: [member.id, member.id, user.id],
    posts: posts.map(({ id }) => id),
    comments: comments.map(({ id }) => id),
    tokens: tokens.map(({ id }) => id),
    invitations: invitations.map(({ id }) => id),
    export: [new URL(file).pathname.split("/").at(-2) ?? ""],
    sessions: sessions.flatMap(({ handle }) => handle ?? []),
    slug: [slug],
    domain: [slug],
    user: persons.map(({ username }) => username).concat(user.id),
    author: persons.map(({ username }) => username),
    username: names.map(({ username }) => username),
    email: names.map(({ email }) => email),
    password: [user.password, user.password, "another-Gate-in-the-wall"],
    currentPassword: [user.password],
    "token of /auth/confirm": [readToken(await linkFor(pending, "email-confirmation"))],
    "token of /auth/password-reset/confirm": [readToken(await linkFor(author, "password-reset"))],
    "token of /invitations/lookup": invitationTokens,
    "token of /invitations/accept": invitationTokens,
    refresh_token: persons.map(({ api }) => api.tokens.refresh_token ?? ""),
    cursor: cursors.map(String),
    fields: ["id", "id,username", "title,body,nothing", "id,id"],
    event: ["user.disabled", "login.succeeded"],
    phone: ["+441632960961", "030 901820"],
    country: ["DE", "GB"],
    timeZone: ["Europe/Berlin", "UTC"],
    "If-Match": [...posts, ...comments].map(({ tag }) => tag).concat("*", "*", "*", "*"),
    "If-None-Match": [...posts, ...comments].map(({ tag }) => `W/${tag}`).concat("*"),
    "Idempotency-Key": ["again", "and-again"],
  };
}
