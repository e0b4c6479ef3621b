import "../support/settings/webhooks.js";
import "../support/app.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Types } from "mongoose";
import { createOnceKey } from "../../src/lib/once-keys.js";
import { AuditEvent } from "../../src/models/audit-event.js";
import { Webhook } from "../../src/models/webhook.js";
import { WebhookDelivery } from "../../src/models/webhook-delivery.js";
import { deliverWebhook } from "../../src/services/events/deliver.js";
import { listSecrets } from "../../src/services/events/secrets.js";
import { press, tryEveryFailure, type UseCase } from "../support/forms/half-done.js";
import { receiver } from "../support/jobs/receiver.js";
import { webhook } from "../support/jobs/webhooks.js";
import { withRole } from "../support/users.js";

const root = await withRole("superadmin");
const there = await receiver();

type Fixture = { id: string; delivery: string; once: string };

async function prepare(): Promise<Fixture> {
  await Webhook.collection.deleteMany({});
  await WebhookDelivery.collection.deleteMany({});
  there.received.length = 0;
  const id = await webhook(there.url);
  const _id = new Types.ObjectId();
  await WebhookDelivery.add({ _id, webhook: new Types.ObjectId(id), event: "evt_1", type: "post.created", body: "{}" });
  await deliverWebhook({ delivery: String(_id), webhook: id, queuedAt: Date.now() });
  return { id, delivery: String(_id), once: createOnceKey() };
}

const read = async (id: string) => (await Webhook.find(id)) ?? assert.fail("the webhook is gone");
const eventsAbout = async (id: string) =>
  (await AuditEvent.collection.find({ "details.webhook": id }).toArray()).map(({ event }) => event);
const eventsReceived = () => there.received.map(({ headers }) => headers["webhook-id"]);

type Row = {
  name: string;
  /** The address of the button below that of the webhook. */
  to: (fixture: Fixture) => string;
  fields?: (fixture: Fixture) => Record<string, string>;
  before?: (fixture: Fixture) => Promise<unknown>;
  event: string;
  check: (fixture: Fixture, text: string) => Promise<unknown>;
  except?: UseCase["except"];
};
const once = (fixture: Fixture) => ({ once: fixture.once });
const pause = ({ id }: Fixture) =>
  Webhook.collection.updateOne({ _id: new Types.ObjectId(id) }, { $set: { pausedAt: new Date(), pausedBy: "admin" } });

const rows: Row[] = [
  {
    name: "editing a webhook",
    to: () => "/edit",
    fields: () => ({ url: `${there.url}/b`, description: "A shop", types: "post.created" }),
    event: "webhook.changed",
    async check({ id }) {
      const { url, description, types } = await read(id);
      assert.deepEqual([url, description, types], [`${there.url}/b`, "A shop", ["post.created"]]);
    },
  },
  {
    name: "replacing the secret of a webhook",
    to: () => "/rotate",
    fields: once,
    event: "webhook.rotated",
    async check({ id }, text) {
      const [secret = "", previous, ...others] = listSecrets(await read(id));
      assert.deepEqual(others, []);
      assert.ok(previous && previous !== secret);
      assert.ok(text.includes(`<code id="secret">${secret}</code>`), "the page shows the secret that is stored");
    },
  },
  {
    name: "pausing a webhook",
    to: () => "/pause",
    event: "webhook.paused",
    check: async ({ id }) => assert.equal((await read(id)).pausedBy, "admin"),
  },
  {
    name: "resuming a webhook",
    to: () => "/resume",
    before: pause,
    event: "webhook.resumed",
    check: async ({ id }) => assert.equal((await read(id)).pausedAt, null),
  },
  {
    name: "deleting a webhook",
    to: () => "/delete",
    event: "webhook.removed",
    except: { "lost-outage": "the webhook is gone, and its page is not found" },
    async check({ id }) {
      assert.equal(await Webhook.collection.countDocuments({}), 0);
      assert.equal(await WebhookDelivery.collection.countDocuments({ webhook: new Types.ObjectId(id) }), 0);
    },
  },
  {
    name: "sending a test event",
    to: () => "/test",
    fields: once,
    event: "webhook.tested",
    async check({ delivery }) {
      const [, test, ...others] = eventsReceived();
      assert.ok(test);
      assert.deepEqual(others, []);
      const { _id: id, status } = (await WebhookDelivery.findOne({ event: test }).orFail()).toObject();
      assert.deepEqual([status, await WebhookDelivery.countDocuments({})], ["delivered", 2]);
      assert.notEqual(String(id), delivery);
    },
  },
  {
    name: "sending an event to a webhook again",
    to: ({ delivery }) => `/deliveries/${delivery}/resend`,
    fields: once,
    event: "webhook.sent-again",
    async check({ delivery }) {
      assert.deepEqual(eventsReceived(), ["evt_1", "evt_1"]);
      assert.equal((await WebhookDelivery.find(delivery))?.status, "delivered");
    },
  },
];

for (const row of rows) {
  const useCase: UseCase<Fixture> = {
    name: row.name,
    async prepare() {
      const fixture = await prepare();
      await row.before?.(fixture);
      return fixture;
    },
    act: (fixture, fault) =>
      press(root, `/admin/webhooks/${fixture.id}${row.to(fixture)}`, row.fields?.(fixture) ?? {}, { fault }),
    async check(fixture, { text }) {
      assert.deepEqual(await eventsAbout(fixture.id), [row.event]);
      await row.check(fixture, text);
    },
    ...(row.except && { except: row.except }),
  };
  test(`interrupted: ${row.name}`, () => tryEveryFailure(useCase));
}

const adding: UseCase<{ once: string }> = {
  name: "adding a webhook",
  async prepare() {
    await Webhook.collection.deleteMany({});
    return { once: createOnceKey() };
  },
  act: ({ once }, fault) =>
    press(root, "/admin/webhooks", { url: there.url, description: "A CRM", types: "post.created", once }, { fault }),
  async check(_fixture, { text }) {
    const [added, ...others] = await Webhook.listAll();
    assert.ok(added);
    assert.deepEqual(others, []);
    assert.ok(
      text.includes(`<code id="secret">${listSecrets(added)[0]}</code>`),
      "the page shows the secret that is stored",
    );
    assert.deepEqual(await eventsAbout(String(added._id)), ["webhook.added"]);
  },
};
test(`interrupted: ${adding.name}`, () => tryEveryFailure(adding));
