import "../../support/settings/webhooks.js";
import "../../support/app.js";
import assert from "node:assert/strict";
import dns from "node:dns";
import type { ServerResponse } from "node:http";
import { afterEach, type TestContext, test } from "node:test";
import mongoose from "mongoose";
import { Webhook as Verifier } from "standardwebhooks";
import { config } from "../../../src/config/index.js";
import { createEvent, eventTypes } from "../../../src/definitions/public-events.js";
import { lookForJobs } from "../../../src/jobs/queue.js";
import { getWebhookPause, LONGEST_PAUSE_MS, MOST_WEBHOOK_ATTEMPTS, Postponed } from "../../../src/jobs/retry.js";
import { seal } from "../../../src/lib/encrypted.js";
import { createOnceKey } from "../../../src/lib/once-keys.js";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { Webhook } from "../../../src/models/webhook.js";
import { WebhookDelivery } from "../../../src/models/webhook-delivery.js";
import { DELIVERIES_FOR_ONE, deliverWebhook, queueDeliveries } from "../../../src/services/events/deliver.js";
import { press, tryEveryFailure, type UseCase } from "../../support/forms/half-done.js";
import { type Received, receiver } from "../../support/jobs/receiver.js";
import { allJobsDone } from "../../support/jobs/waiting.js";
import { mailAbout, mailsTo } from "../../support/mailbox.js";
import { until } from "../../support/until.js";
import { type Member, member, post, withRole } from "../../support/users.js";
import { unescaped } from "../../support/visitor.js";

const SECONDS = 1_000;
const HOURS = 3_600 * SECONDS;
const DAYS = 24 * HOURS;
const root = await withRole("superadmin");
const ada = await member();
const pages = "/admin/webhooks";

/** Adds a webhook through the page, and returns its id, address and secret. */
async function add(url: string, types = ["post.created"]) {
  const fields = new URLSearchParams([
    ["url", url],
    ["description", "A CRM"],
  ]);
  for (const type of types) fields.append("types", type);
  const form = await root.get(pages);
  for (const name of ["_csrf", "once"])
    fields.set(name, new RegExp(`name="${name}" value="([^"]+)"`).exec(form.text)?.[1] ?? "");
  const page = await root.send(pages, fields.toString(), { "content-type": "application/x-www-form-urlencoded" });
  assert.equal(page.status, 201, page.text);
  const id = /href="\/admin\/webhooks\/([0-9a-f]{24})"/.exec(page.text)?.[1] ?? "";
  return { id, page: `${pages}/${id}`, secret: readSecret(page.text) };
}
const readSecret = (html: string) => unescaped(/<code id="secret">([^<]+)</.exec(html)?.[1] ?? "");
const verify = (secret: string, { body, headers }: Received) =>
  new Verifier(secret).verify(body, headers as Record<string, string>) as { id: string; type: string; data: object };
const deliveriesOf = async (id: string) => (await WebhookDelivery.listPage(new mongoose.Types.ObjectId(id))).deliveries;
const jobs = () => mongoose.connection.collection("jobs");
const dueNow = () => ({ $set: { nextRunAt: new Date() } });
/** Waits until the only delivery has failed, and makes its next attempt due. */
async function tryAgain(): Promise<void> {
  const failed = { name: "deliver-webhook", failCount: { $gt: 0 }, nextRunAt: { $gt: new Date() }, lockedAt: null };
  await until("it waits for its next attempt", async () => (await jobs().countDocuments(failed)) === 1);
  await jobs().updateOne(failed, dueNow());
  await lookForJobs("deliver-webhook");
}

afterEach(async () => {
  await Webhook.collection.deleteMany({});
  await jobs().deleteMany({ name: "deliver-webhook", nextRunAt: { $gt: new Date() } });
  await allJobsDone();
  await WebhookDelivery.collection.deleteMany({});
});

test("a webhook gets an event once, signed, with the same body as in the log", async () => {
  const there = await receiver();
  const { id, secret, page } = await add(there.url, ["post.created", "user.disabled"]);
  assert.match(secret, /^whsec_/);
  const written = await post(ada);
  await allJobsDone();
  assert.equal(there.received.length, 1);
  const [got] = there.received as [Received];
  const event = verify(secret, got);
  assert.equal(event.type, "post.created");
  assert.deepEqual(event.data, { post: /[0-9a-f]{24}/.exec(written)?.[0], author: ada.id });
  assert.equal(got.headers["webhook-id"], event.id);
  assert.equal(got.headers["content-type"], "application/json");
  assert.throws(() => verify(secret, { ...got, body: `${got.body} ` }));
  const [delivery, ...others] = await deliveriesOf(id);
  assert.deepEqual(others, []);
  assert.deepEqual([delivery?.status, delivery?.attempts, delivery?.responseStatus], ["delivered", 1, 204]);
  assert.equal(delivery?.body, got.body);
  const shown = await root.get(page);
  assert.match(shown.text, /Delivered<\/strong> <code>post\.created/);
  assert.ok(!shown.text.includes(secret) && !(await root.get(`${page}/edit`)).text.includes(secret));
  assert.ok(!JSON.stringify(await Webhook.collection.findOne({})).includes(secret.slice(6)));
});

test("a webhook gets only the events that it asked for, and two webhooks do not wait for each other", async (t) => {
  const passTenSeconds = stopClock(t);
  const [there, other, down] = [await receiver(), await receiver(), await receiver()];
  down.answer = () => undefined; // never answers
  await add(there.url);
  await add(other.url, ["post.deleted"]);
  await add(down.url);
  const written = await post(ada);
  await until("the first got it", () => there.received.length === 1);
  const id = /[0-9a-f]{24}/.exec(written)?.[0] ?? "";
  await ada.submit(`/posts/${id}/edit`, {}, `/posts/${id}/delete`);
  await until("the other got its own", () => other.received.length === 1);
  assert.equal(JSON.parse(other.received[0]?.body ?? "").type, "post.deleted");
  down.answer = (res) => res.writeHead(204).end();
  await Webhook.collection.deleteMany({});
  await jobs().deleteMany({ name: "deliver-webhook" });
  passTenSeconds();
});

/** Replaces the clock of the limit for answers. The returned function lets ten seconds pass for all requests so far. */
function stopClock(t: TestContext): () => void {
  const limits: AbortController[] = [];
  t.mock.method(AbortSignal, "timeout", (ms: number) => {
    assert.equal(ms, 10_000);
    const limit = new AbortController();
    limits.push(limit);
    return limit.signal;
  });
  return () => {
    for (const limit of limits.splice(0)) limit.abort(new DOMException("The time is over", "TimeoutError"));
  };
}

test("a receiver that never answers keeps three requests open; its events have failed after ten seconds", async (t) => {
  const passTenSeconds = stopClock(t);
  const [silent, there] = [await receiver(), await receiver()];
  silent.answer = () => undefined;
  const { id } = await add(silent.url);
  await add(there.url);
  const count = DELIVERIES_FOR_ONE + 4;
  const events = Array.from({ length: count }, () =>
    createEvent("post.created", { post: ada.id, author: ada.id }, { id: new mongoose.Types.ObjectId() }),
  );
  for (const event of events) await queueDeliveries(event);
  await until("the other got all of its events", () => there.received.length === count);
  await until("the silent one got some", () => silent.received.length === DELIVERIES_FOR_ONE);
  await lookForJobs("deliver-webhook");
  const ofSilent = { webhook: new mongoose.Types.ObjectId(id) };
  assert.equal(await WebhookDelivery.countDocuments({ ...ofSilent, attempts: 0, status: "waiting" }), count);
  assert.equal(silent.received.length, DELIVERIES_FOR_ONE, "the others wait without a request");
  silent.answer = (res) => res.writeHead(204).end();
  passTenSeconds();
  const failed = { ...ofSilent, attempts: 1, status: "waiting" as const, problem: "No answer within 10 seconds." };
  await until("these have failed", async () => (await WebhookDelivery.countDocuments(failed)) === DELIVERIES_FOR_ONE);
  await until("all others got the free places", async () => {
    await jobs().updateMany({ name: "deliver-webhook", lockedAt: null, nextRunAt: { $gt: new Date() } }, dueNow());
    await lookForJobs("deliver-webhook");
    return (await WebhookDelivery.countDocuments({ ...ofSilent, status: "delivered" })) === count;
  });
});

test("events without a free place look for one less and less often, and are given up after a day", async (t) => {
  const passTenSeconds = stopClock(t);
  const silent = await receiver();
  silent.answer = () => undefined;
  const { id } = await add(silent.url);
  for (let n = 0; n < DELIVERIES_FOR_ONE; n += 1) await post(ada);
  await until("all places are taken", () => silent.received.length === DELIVERIES_FOR_ONE);
  const _id = new mongoose.Types.ObjectId();
  const event = { event: "evt_1", type: "post.created", body: "{}" };
  await WebhookDelivery.add({ _id, webhook: new mongoose.Types.ObjectId(id), ...event });
  const read = t.mock.method(WebhookDelivery, "find");
  const deliverAfter = (waitedMs: number) =>
    deliverWebhook({ delivery: String(_id), webhook: id, queuedAt: Date.now() - waitedMs });
  const isPostponed = (least: number, most: number) => (error: Error) =>
    error instanceof Postponed && error.pauseMs >= least && error.pauseMs <= most;
  await assert.rejects(deliverAfter(0), isPostponed(8 * SECONDS, 10 * SECONDS));
  await assert.rejects(deliverAfter(1 * HOURS), isPostponed(0.2 * HOURS, 0.26 * HOURS));
  await assert.rejects(deliverAfter(23 * HOURS), isPostponed(0.8 * HOURS, 1 * HOURS));
  await assert.rejects(deliverAfter(1 * DAYS), isPostponed(0.8 * HOURS, 1 * HOURS), "the receiver has not failed");
  assert.equal(read.mock.callCount(), 0, "without a place, nothing is read");
  await Webhook.collection.updateOne({}, { $set: { failingSince: new Date() } });
  await deliverAfter(1 * DAYS);
  const { status, attempts, problem } = (await WebhookDelivery.findById(_id).orFail()).toObject();
  assert.deepEqual([status, attempts], ["failed", 0]);
  assert.match(problem, /Given up after a day/);
  silent.answer = (res) => res.writeHead(204).end();
  passTenSeconds();
});

test("an event that was sent for a day is given up, and gets another day when an admin sends it again", async () => {
  const there = await receiver();
  there.answer = (res) => res.writeHead(500).end();
  const { id, page } = await add(there.url);
  await post(ada);
  const failedOnce = { name: "deliver-webhook", failCount: 1, lockedAt: null };
  await until("the first attempt has failed", async () => (await jobs().countDocuments(failedOnce)) === 1);
  await jobs().updateOne(failedOnce, { $inc: { "data.queuedAt": -1 * DAYS } });
  await tryAgain();
  await allJobsDone();
  const [failed] = await deliveriesOf(id);
  assert.deepEqual([failed?.status, failed?.attempts], ["failed", 2]);
  await root.submit(page, {}, `${page}/deliveries/${failed?._id}/resend`);
  await until("it was sent again", async () => (await deliveriesOf(id))[0]?.attempts === 1);
  there.answer = (res) => res.writeHead(204).end();
  await tryAgain();
  await allJobsDone();
  assert.equal((await deliveriesOf(id))[0]?.status, "delivered");
});

test("an event that is not accepted is sent again with the same id, until it is", async () => {
  const there = await receiver();
  there.answer = (res) => res.writeHead(500).end("<b>down</b>");
  const { id, page } = await add(there.url);
  await post(ada);
  await until("the first attempt has failed", async () => (await deliveriesOf(id))[0]?.attempts === 1);
  const shown = await root.get(page);
  assert.match(shown.text, /Waiting<\/strong>/);
  assert.match(shown.text, /Response: 500/);
  assert.match(shown.text, /&lt;b&gt;down/);
  assert.match(shown.text, /badge-warning">Failing/);
  assert.match((await root.get(pages)).text, /badge-warning">Failing/);
  there.answer = (res) => res.writeHead(200).end("thanks");
  await tryAgain();
  await allJobsDone();
  const [first, second] = there.received;
  assert.equal(first?.headers["webhook-id"], second?.headers["webhook-id"]);
  assert.equal(first?.body, second?.body);
  const [delivery] = await deliveriesOf(id);
  assert.deepEqual([delivery?.status, delivery?.attempts, delivery?.response], ["delivered", 2, "thanks"]);
  assert.equal((await Webhook.find(id))?.failingSince, null);
});

test("the pauses between attempts grow to an hour, and the last attempt is about a day after the first", () => {
  const pauses = Array.from({ length: MOST_WEBHOOK_ATTEMPTS - 1 }, (_, n) => getWebhookPause(n + 1));
  assert.ok((pauses[0] ?? 0) <= 10_000 && (pauses[0] ?? 0) >= 8_000);
  assert.ok(pauses.every((pause) => pause <= LONGEST_PAUSE_MS));
  const hours = pauses.reduce((sum, pause) => sum + pause, 0) / 3_600_000;
  assert.ok(hours > 19 && hours < 26, String(hours));
});

test("after its last attempt an event has failed, and an admin sends it again", async () => {
  const there = await receiver();
  there.answer = (res) => res.writeHead(503).end();
  const { id, page, secret } = await add(there.url);
  await post(ada);
  await until("the first attempt has failed", async () => (await deliveriesOf(id))[0]?.attempts === 1);
  await WebhookDelivery.collection.updateOne({}, { $set: { attempts: MOST_WEBHOOK_ATTEMPTS - 1 } });
  await tryAgain();
  await allJobsDone();
  const [failed] = await deliveriesOf(id);
  assert.equal(failed?.status, "failed");
  there.answer = (res) => res.writeHead(204).end();
  const action = `${page}/deliveries/${failed?._id}/resend`;
  const answer = await root.submit(page, {}, action);
  assert.deepEqual([answer.status, answer.location], [303, page]);
  await allJobsDone();
  assert.equal(there.received.length, 3);
  assert.equal(verify(secret, there.received[2] as Received).id, failed?.event);
  assert.equal((await deliveriesOf(id))[0]?.status, "delivered");
  assert.equal((await root.submit(page, {}, `${page}/deliveries/${id}/resend`)).status, 404);
});

test("a test event is delivered to one webhook, whatever events it gets", async () => {
  const [there, other] = [await receiver(), await receiver()];
  const { id, page, secret } = await add(there.url);
  await add(other.url, [...eventTypes]);
  assert.equal((await root.submit(page, {}, `${page}/test`)).status, 303);
  await allJobsDone();
  assert.deepEqual(verify(secret, there.received[0] as Received).data, { webhook: id });
  assert.equal(other.received.length, 0);
});

test("for a day after the secret was replaced, events verify with the old and with the new one", async () => {
  const there = await receiver();
  const { id, page, secret } = await add(there.url);
  const once = createOnceKey();
  const [first, again] = [
    await root.submit(page, { once }, `${page}/rotate`),
    await root.submit(page, { once }, `${page}/rotate`),
  ];
  assert.equal(first.status, 201);
  const next = readSecret(first.text);
  assert.notEqual(next, secret);
  assert.equal(readSecret(again.text), next, "the same form replaces the secret once");
  await post(ada);
  await allJobsDone();
  const [got] = there.received as [Received];
  assert.deepEqual(verify(next, got), verify(secret, got));
  await Webhook.collection.updateOne({}, { $set: { previousUntil: new Date() } });
  await post(ada);
  await allJobsDone();
  const [, later] = there.received as [Received, Received];
  assert.ok(verify(next, later));
  assert.throws(() => verify(secret, later));
  assert.equal((await Webhook.find(id))?.types.length, 1);
});

test("a webhook whose secret cannot be decrypted says so, and works again when the secret was replaced", async () => {
  const there = await receiver();
  const { id, page } = await add(there.url);
  const secret = seal("whsec_lost", "a FACTOR_KEY that was lost", `secret of webhook ${id}`);
  await Webhook.collection.updateOne({}, { $set: { secret } });
  await post(ada);
  await until("the first attempt has failed", async () => (await deliveriesOf(id))[0]?.attempts === 1);
  assert.match((await root.get(page)).text, /The secret cannot be decrypted\. Replace the secret\./);
  assert.equal(there.received.length, 0, "nothing is sent without a signature");
  const { text } = await root.submit(page, { once: createOnceKey() }, `${page}/rotate`);
  for (const shown of [text, (await root.get(page)).text]) assert.doesNotMatch(shown, /previous secret/);
  const next = readSecret(text);
  await tryAgain();
  await allJobsDone();
  assert.equal((await deliveriesOf(id))[0]?.status, "delivered");
  assert.equal(verify(next, there.received[0] as Received).type, "post.created");
});

test("a receiver that answers 410 is paused at once, and the superadmins get an email", async () => {
  const there = await receiver();
  there.answer = (res) => res.writeHead(410).end();
  const { id, page } = await add(there.url);
  await post(ada);
  await allJobsDone();
  assert.equal((await Webhook.find(id))?.pausedBy, "receiver");
  const mail = await mailAbout(root.email, /webhook was paused/, page);
  assert.doesNotMatch(mail.text, /127\.0\.0\.1/);
  await post(ada);
  await allJobsDone();
  assert.equal(there.received.length, 1, "nothing is sent while it is paused");
  there.answer = (res) => res.writeHead(204).end();
  assert.equal((await root.submit(page, {}, `${page}/resume`)).status, 303);
  await post(ada);
  await allJobsDone();
  assert.equal(there.received.length, 2);
});

test("a webhook that has accepted nothing for three days is paused, with one email", async () => {
  const there = await receiver();
  there.answer = (res) => res.writeHead(500).end();
  const { id, page } = await add(there.url);
  const before = (await mailsTo(root.email)).length;
  await post(ada);
  await until("the first attempt has failed", async () => (await deliveriesOf(id))[0]?.attempts === 1);
  assert.equal((await Webhook.find(id))?.pausedAt, null);
  await Webhook.collection.updateOne({}, { $set: { failingSince: new Date(Date.now() - 3 * DAYS) } });
  await tryAgain();
  await allJobsDone();
  assert.equal((await Webhook.find(id))?.pausedBy, "failure");
  assert.match((await root.get(page)).text, /accepted no events for three days/);
  assert.equal((await mailsTo(root.email)).length, before + 1);
  const paused = { event: "webhook.paused", "details.webhook": id, "details.by": "failure" };
  assert.equal(await AuditEvent.collection.countDocuments(paused), 1);
});

test("events whose failure pauses their webhook are given up at the same time, and are sent again later", async () => {
  const there = await receiver();
  const asked: ServerResponse[] = [];
  there.answer = (res) => void asked.push(res);
  const { id, page } = await add(there.url);
  const failing = { failingSince: new Date(Date.now() - 3 * DAYS), lastFailureAt: new Date() };
  await Webhook.collection.updateOne({}, { $set: failing });
  for (let n = 0; n < DELIVERIES_FOR_ONE; n += 1) await post(ada);
  await until("all are under way", () => asked.length === DELIVERIES_FOR_ONE);
  for (const res of asked) res.writeHead(500).end();
  await allJobsDone();
  assert.equal((await Webhook.find(id))?.pausedBy, "failure");
  const shown = (await deliveriesOf(id)).map(({ status, responseStatus, problem }) => [
    status,
    responseStatus,
    problem,
  ]);
  const givenUp = ["failed", 500, "The webhook was paused."];
  assert.deepEqual(shown, Array(DELIVERIES_FOR_ONE).fill(givenUp));
  there.answer = (res) => res.writeHead(204).end();
  await root.submit(page, {}, `${page}/resume`);
  for (const { _id } of await deliveriesOf(id)) await root.submit(page, {}, `${page}/deliveries/${_id}/resend`);
  await allJobsDone();
  assert.ok((await deliveriesOf(id)).every(({ status }) => status === "delivered"));
});

test("a failure days after the one before does not pause a webhook, because nothing was sent in between", async () => {
  const there = await receiver();
  there.answer = (res) => res.writeHead(500).end();
  const { id } = await add(there.url);
  const [failingSince, lastFailureAt] = [new Date(Date.now() - 4 * DAYS), new Date(Date.now() - 3 * DAYS)];
  await Webhook.collection.updateOne({}, { $set: { failingSince, lastFailureAt } });
  await post(ada);
  await until("the attempt has failed", async () => (await deliveriesOf(id))[0]?.attempts === 1);
  const webhook = await Webhook.find(id);
  assert.equal(webhook?.pausedAt, null);
  assert.deepEqual(webhook?.failingSince, webhook?.lastFailureAt);
  assert.equal((await deliveriesOf(id))[0]?.status, "waiting");
});

test("a failure that began before a success does not undo it", async () => {
  const there = await receiver();
  const asked: ServerResponse[] = [];
  there.answer = (res) => void asked.push(res);
  const { id } = await add(there.url);
  const failing = { failingSince: new Date(Date.now() - 3 * DAYS), lastFailureAt: new Date() };
  await Webhook.collection.updateOne({}, { $set: failing });
  for (let n = 0; n < 2; n += 1) await post(ada);
  await until("both are under way", () => asked.length === 2);
  asked[0]?.writeHead(204).end();
  await until("one was delivered", async () => (await Webhook.find(id))?.failingSince === null);
  asked[1]?.writeHead(500).end();
  const failed = { attempts: 1, responseStatus: 500, status: "waiting" as const };
  await until("the other has failed", async () => (await WebhookDelivery.countDocuments(failed)) === 1);
  assert.equal((await Webhook.find(id))?.pausedAt, null);
});

test("an event that was delivered is not sent again by other processes that have its job", async () => {
  const there = await receiver();
  const { id } = await add(there.url);
  await post(ada);
  await allJobsDone();
  const job = { delivery: String((await deliveriesOf(id))[0]?._id), webhook: id, queuedAt: Date.now() };
  await Promise.all([deliverWebhook(job), deliverWebhook(job)]);
  assert.equal(there.received.length, 1);
});

test("a webhook that was deleted gets nothing that still waits, and its log is deleted", async () => {
  const there = await receiver();
  there.answer = (res) => res.writeHead(500).end();
  const { id, page } = await add(there.url);
  await post(ada);
  await until("the first attempt has failed", async () => (await deliveriesOf(id))[0]?.attempts === 1);
  assert.equal((await root.submit(`${page}/delete`, {})).location, pages);
  assert.equal((await root.get(page)).status, 404);
  await tryAgain();
  await allJobsDone();
  assert.equal(there.received.length, 1);
  assert.deepEqual(await deliveriesOf(id), []);
  assert.equal(await Webhook.collection.countDocuments({}), 0);
});

test("redirects are not followed, and of a long answer only the beginning is read", async () => {
  const [there, inside] = [await receiver(), await receiver()];
  there.answer = (res) => res.writeHead(307, { location: inside.url }).end();
  const { id } = await add(there.url);
  await post(ada);
  await until("the attempt has failed", async () => (await deliveriesOf(id))[0]?.attempts === 1);
  assert.match((await deliveriesOf(id))[0]?.problem ?? "", /Redirects are not followed/);
  assert.equal(inside.received.length, 0);
  let written = 0;
  there.answer = (res) => {
    res.writeHead(200);
    const more = () => {
      while (!res.destroyed && written < 100_000_000 && res.write("x".repeat(65_536))) written += 65_536;
    };
    res.on("drain", more);
    more();
  };
  await tryAgain();
  await allJobsDone();
  const [delivery] = await deliveriesOf(id);
  assert.deepEqual([delivery?.status, delivery?.response.length], ["delivered", 1_024]);
  assert.ok(written < 20_000_000, `${written} bytes were read`);
});

test("a receiver that wants another protocol has not answered, and the event is sent again", async () => {
  const there = await receiver();
  there.answer = ({ socket }) =>
    socket?.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  const { id } = await add(there.url);
  await post(ada);
  await until("the attempt has failed", async () => (await deliveriesOf(id))[0]?.attempts === 1);
  assert.equal((await deliveriesOf(id))[0]?.problem, "No answer: ECONNRESET.");
  there.answer = (res) => res.writeHead(204).end();
  await tryAgain();
  await allJobsDone();
  assert.equal((await deliveriesOf(id))[0]?.status, "delivered");
});

test("names that resolve to private addresses are refused, whatever they resolved to before", async (t) => {
  const there = await receiver();
  const { id } = await add(`http://public.example:${there.port}/events`);
  config.webhooksAllowPrivate = false;
  t.after(() => {
    config.webhooksAllowPrivate = true;
  });
  const answers: string[][] = [
    ["127.0.0.1"],
    ["93.184.215.14", "127.0.0.1"],
    ["::ffff:127.0.0.1"],
    ["169.254.169.254"],
    ["fd00::1"],
  ];
  const lookup = t.mock.method(dns, "lookup", (_host: string, _options: object, done: (...args: unknown[]) => void) => {
    const addresses = answers[lookup.mock.callCount() % answers.length] ?? [];
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  });
  await post(ada);
  for (let attempt = 1; attempt <= answers.length; attempt += 1) {
    await until("an attempt has failed", async () => (await deliveriesOf(id))[0]?.attempts === attempt);
    assert.match((await deliveriesOf(id))[0]?.problem ?? "", /private network/);
    if (attempt < answers.length) await tryAgain();
  }
  assert.ok(lookup.mock.callCount() >= answers.length);
  assert.equal(there.received.length, 0);
});

test("without the setting, nothing is sent to a private address that was stored before", async (t) => {
  const there = await receiver();
  const { id } = await add(there.url);
  config.webhooksAllowPrivate = false;
  t.after(() => {
    config.webhooksAllowPrivate = true;
  });
  await post(ada);
  await until("an attempt has failed", async () => (await deliveriesOf(id))[0]?.attempts === 1);
  assert.match((await deliveriesOf(id))[0]?.problem ?? "", /private network/);
  assert.equal(there.received.length, 0);
});

const writing: UseCase<{ by: Member; once: string; got: string[] }> = {
  name: "sending an event to a webhook",
  async prepare() {
    const there = await receiver();
    await Webhook.collection.deleteMany({});
    await add(there.url);
    const got: string[] = [];
    there.answer = (res, { headers }) => {
      got.push(String(headers["webhook-id"]));
      res.writeHead(204).end();
    };
    return { by: ada, once: createOnceKey(), got };
  },
  act: ({ by, once }, fault) =>
    press(by, "/posts", { title: "A gate", body: "x", visibility: "public", once }, { fault }),
  async check({ got }) {
    assert.equal(new Set(got).size, 1, "one event, perhaps more than once");
  },
};
test(`interrupted: ${writing.name}`, () => tryEveryFailure(writing));
