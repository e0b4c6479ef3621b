import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createEvent, type EventType, publicEvents } from "../../src/definitions/public-events.js";
import { createWebhookForm } from "../../src/forms/admin/webhooks.js";
import { createEventSchema, webhookOperations } from "../../src/forms/webhook-events.js";
import { isPublicAddress } from "../../src/lib/network/ip.js";

const id = "0".repeat(24);
const types = Object.keys(publicEvents) as EventType[];

test("the page about webhooks lists every event, with its fields and when it is sent", () => {
  const page = readFileSync(new URL("../../../docs/webhooks.md", import.meta.url), "utf8");
  for (const type of types) {
    const { data, when } = publicEvents[type];
    const fields = Object.keys(data).map((name) => `\`${name}\``);
    assert.ok(page.includes(`| \`${type}\` | ${fields.join(", ")} | ${when} |`), type);
  }
});

test("the OpenAPI document describes every event as it is created", () => {
  assert.deepEqual(Object.keys(webhookOperations), types);
  for (const type of types) {
    const fields = Object.entries(publicEvents[type].data);
    const data = Object.fromEntries(fields.map(([name, kind]) => [name, kind === "text" ? "x" : id]));
    createEventSchema(type).parse(createEvent(type, data as never, { id }));
    assert.throws(() => createEventSchema(type).parse(createEvent(type, { ...data, email: "x" } as never, { id })));
  }
});

test("only addresses of the public internet count as public", () => {
  const others = [
    ...[
      "0.0.0.0",
      "10.0.0.1",
      "100.64.0.1",
      "127.0.0.1",
      "169.254.169.254",
      "172.16.0.1",
      "192.0.0.192",
      "192.168.1.1",
    ],
    ...["168.63.129.16", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"],
    ...[
      "::",
      "::1",
      "::127.0.0.1",
      "::ffff:10.0.0.1",
      "::ffff:169.254.169.254",
      "64:ff9b::7f00:1",
      "2001::1",
      "2002:7f00:1::",
    ],
    ...["2001:db8::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "localhost", ""],
  ];
  assert.deepEqual(others.filter(isPublicAddress), []);
  const open = ["1.1.1.1", "172.15.0.1", "2606:4700::1111", "::ffff:1.1.1.1"];
  assert.deepEqual(open.filter(isPublicAddress), open);
});

test("the form of a webhook refuses private addresses in every spelling, and everything but https", () => {
  const form = createWebhookForm({ mayBePrivate: false });
  const errorFor = (url: string) => {
    const input = form.parse({ url, description: "A CRM", types: "post.created" });
    return input.ok ? null : input.form.fields.url?.error;
  };
  const hosts = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.0.0.1.",
    "[::1]",
    "[::ffff:7f00:1]",
    "10.0.0.1",
  ];
  for (const host of hosts) assert.match(errorFor(`https://${host}/`) ?? "", /private network/, host);
  for (const url of ["", "crm.example", "http://crm.example", "ftp://crm.example", "javascript:alert(1)"])
    assert.match(errorFor(url) ?? "", /begins with https/, url);
  assert.match(errorFor("https://me:secret@crm.example") ?? "", /Leave out the username/);
  assert.match(errorFor("https://crm.example/#part") ?? "", /never sent/);
  assert.match(errorFor(`https://crm.example/${"x".repeat(500)}`) ?? "", /at most 500/);
  assert.equal(errorFor("https://crm.example:8443/events?from=postern"), null);
  const local = createWebhookForm({ mayBePrivate: true });
  assert.ok(local.parse({ url: "http://127.0.0.1:4000/", description: "x", types: ["post.created"] }).ok);
  assert.ok(!form.parse({ url: "https://crm.example", description: "x" }).ok, "at least one event");
});
