import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { apiMember, tokenFor } from "../../../support/api/users.js";
import { registeredMember } from "../../../support/users.js";

const PATH = "/users/me/activity";
type Event = { id: string; event: string; text: string; apiToken: string | null };

test("a user reads what happened, newest first, with the name of each event", async () => {
  const { api, ...ada } = await apiMember(await registeredMember());
  await (await tokenFor(ada, "account.edit", "account.read")).patch("/users/me", { bio: "x" });
  const { status, body } = await api.get(PATH);
  assert.equal(status, 200);
  const [newest] = body.data as Event[];
  assert.equal(newest?.event, "session.started");
  assert.equal(newest?.text, "You logged in.");
  assert.ok(body.data.some(({ event }: Event) => event === "user.registered"));
});

test("pages follow each other by cursor, without gaps or repetitions", async () => {
  const { api } = await apiMember(await registeredMember());
  const all: Event[] = (await api.get(`${PATH}?limit=100`)).body.data;
  assert.ok(all.length >= 3);
  const seen: string[] = [];
  for (let next: string | null = ""; next !== null; ) {
    const { body, headers } = await api.get(`${PATH}?limit=1${next && `&cursor=${next}`}`);
    assert.equal(body.data.length, 1);
    seen.push(body.data[0].id);
    next = body.next;
    assert.equal(/rel="next"/.test(headers.get("link") ?? ""), next !== null);
  }
  assert.deepEqual(
    seen,
    all.map(({ id }) => id),
  );
});

test("nobody reads the activity of another user, not even with a cursor into it", async () => {
  const [ada, bob] = [await apiMember(), await apiMember()];
  const [bobs] = (await bob.api.get(PATH)).body.data as Event[];
  const ids = ((await ada.api.get(`${PATH}?cursor=${bobs?.id}`)).body.data as Event[]).map(({ id }) => id);
  const own = ((await ada.api.get(`${PATH}?limit=100`)).body.data as Event[]).map(({ id }) => id);
  assert.ok(ids.every((id) => own.includes(id)));
});
