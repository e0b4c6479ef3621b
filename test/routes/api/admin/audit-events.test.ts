import "../../../support/environment.js";
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type ApiMember, apiMember, tokenFor } from "../../../support/api/users.js";
import { domain } from "../../../support/users/domains.js";
import { withRole } from "../../../support/users.js";

type Event = { id: string; event: string; user: { id: string } | null; actor: { id: string } | null };

let admin: ApiMember;
let ada: ApiMember;
before(async () => {
  [admin, ada] = [await apiMember(await withRole("admin")), await apiMember()];
  await admin.api.patch(`/users/${ada.id}`, { disabled: true, reason: "Spam." });
});

const list = async (query = "") => {
  const { status, body, headers } = await admin.api.get(`/audit-events${query}`);
  assert.equal(status, 200, JSON.stringify(body));
  return { ...(body as { data: Event[]; limit: number; next: string | null }), headers };
};

test("an event says what happened, to whom, by whom and from where", async () => {
  const { data } = await list(`?user=${ada.username}&event=user.disabled`);
  const { id, at, requestId, ip, userAgent, device, ...rest } = (data[0] ?? assert.fail()) as unknown as Record<
    string,
    string
  >;
  assert.match(id ?? "", /^[0-9a-f]{24}$/);
  assert.ok(Math.abs(Date.parse(at ?? "") - Date.now()) < 60_000);
  assert.ok(requestId && ip && userAgent !== undefined && device !== undefined);
  assert.deepEqual(rest, {
    event: "user.disabled",
    description: "Account disabled",
    user: { id: ada.id, username: ada.username },
    actor: { id: admin.id, username: admin.username },
    details: { reason: "Spam.", via: "api" },
  });
});

test("events are filtered by user, event and days", async () => {
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
  for (const user of [ada.username, ada.id]) {
    const { data } = await list(`?user=${user}&limit=100`);
    assert.ok(data.length > 0);
    assert.ok(data.every(({ user: about, actor }) => about?.id === ada.id || actor?.id === ada.id));
  }
  assert.ok((await list("?event=session.started&limit=100")).data.every(({ event }) => event === "session.started"));
  assert.deepEqual((await list(`?from=${day(2)}`)).data, []);
  assert.deepEqual((await list(`?to=${day(-2)}`)).data, []);
  assert.ok((await list(`?from=${day(-1)}&to=${day(1)}`)).data.length > 0);
  assert.deepEqual((await list(`?user=${"0".repeat(24)}`)).data, []);
  const { status, body } = await admin.api.get(`/audit-events?from=${day(1)}&to=${day(0)}`);
  assert.deepEqual([status, body.errors[0].parameter], [422, "to"]);
});

test("all events are reached by cursor, newest first, each once", async () => {
  const ids: string[] = [];
  let next: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof list>> = await list(
      `?user=${admin.id}&limit=2${next ? `&cursor=${next}` : ""}`,
    );
    assert.equal(page.limit, 2);
    assert.equal(page.headers.get("link")?.includes('rel="next"'), page.next !== null);
    ids.push(...page.data.map(({ id }) => id));
    next = page.next;
  } while (next);
  const all = (await list(`?user=${admin.id}&limit=100`)).data.map(({ id }) => id);
  assert.deepEqual(ids, all);
  assert.deepEqual(all, [...all].sort().reverse());
  assert.deepEqual(Object.keys((await list("?limit=1&fields=event")).data[0] ?? {}), ["event"]);
});

test("only those who may read the log of the whole site do, also by token", async () => {
  const place = await domain();
  const [club, member] = [await apiMember(await withRole("admin", place.id)), await apiMember()];
  for (const { api } of [club, member]) assert.equal((await api.get("/audit-events")).status, 403);
  assert.equal((await (await tokenFor(admin, "audit.read")).get("/audit-events")).status, 200);
  assert.equal((await (await tokenFor(admin, "users.read")).get("/audit-events")).status, 403);
  assert.equal((await (await tokenFor(club, "audit.read")).get("/audit-events")).status, 403);
});
