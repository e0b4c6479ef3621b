import "../../support/settings/webhooks.js";
import "../../support/environment.js";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Types } from "mongoose";
import { ApiToken } from "../../../src/models/api-token.js";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { Comment } from "../../../src/models/comment.js";
import { Domain } from "../../../src/models/domain.js";
import { Invitation } from "../../../src/models/invitation.js";
import { Post } from "../../../src/models/post.js";
import { Session } from "../../../src/models/session.js";
import { User } from "../../../src/models/user.js";
import { Webhook } from "../../../src/models/webhook.js";
import { WebhookDelivery } from "../../../src/models/webhook-delivery.js";
import { deliverWebhook } from "../../../src/services/events/deliver.js";
import { receiver } from "../../support/jobs/receiver.js";
import { allJobsDone } from "../../support/jobs/waiting.js";
import { webhook } from "../../support/jobs/webhooks.js";
import { linkIn, mailAbout, mailsTo } from "../../support/mailbox.js";
import { until } from "../../support/until.js";
import { enterPassword, LOST } from "../../support/users/factor-recovery.js";
import { protectedMember } from "../../support/users/factors.js";
import { type Member, member, newPerson, post, signedUp, withRole } from "../../support/users.js";
import { hiddenFields, type Page, type Visitor, visitor } from "../../support/visitor.js";

type Fields = Record<string, string>;
type Case = {
  who: Visitor;
  page: string;
  action: string;
  typed?: Fields;
  /** Counts how often the action was done, or how many results exist. Each time adds one. */
  count: () => Promise<number>;
  /** Missing if nothing undoes the action, such as an event that was sent. */
  undo?: (answer: Page) => Promise<unknown>;
  /** The status when the form is sent a third time, if it differs. */
  repeated?: number;
};

const findAccount = ({ username }: { username: string }) => User.findOne({ username }).orFail();
const mails = (to: string, subject: RegExp) => async () =>
  (await mailsTo(to)).filter((mail) => subject.test(mail.subject)).length;
const events = (user: User, event: string) => () => AuditEvent.countDocuments({ user: user._id, event });
const login = ({ username, password }: Member) => visitor().submit("/login", { login: username, password });

/** Returns an admin, the user, and the address of a button on the user's admin page. */
async function helped(ada: { username: string }, button: string) {
  const [admin, user] = [await withRole("superadmin"), await findAccount(ada)];
  const page = `/admin/users/${user.id}`;
  return { who: admin, user, page, action: `${page}/${button}` };
}

/** A button that sends an event to a webhook. */
async function sendingEvent(button: "test" | "resend", event: string): Promise<Case> {
  const [who, there, _id] = [await withRole("superadmin"), await receiver(), new Types.ObjectId()];
  const id = await webhook(there.url);
  const page = `/admin/webhooks/${id}`;
  await WebhookDelivery.add({ _id, webhook: new Types.ObjectId(id), event: "evt_1", type: "post.created", body: "{}" });
  await deliverWebhook({ delivery: String(_id), webhook: id, queuedAt: Date.now() });
  const action = button === "test" ? `${page}/test` : `${page}/deliveries/${_id}/resend`;
  return { who, page, action, count: () => AuditEvent.collection.countDocuments({ event, "details.webhook": id }) };
}

async function choosePassword(email: string, subject: RegExp) {
  const link = linkIn(await mailAbout(email, subject, "/password-reset/"), "/password-reset/");
  const page = await visitor().submit(link, { password: "another-Gate-in-the-wall" });
  assert.equal(page.status, 303, page.text);
}

/** The form of a comment, on its own page or below the post. */
async function commenting(choosePage: (id: string, url: string) => string): Promise<Case> {
  const ada = await member();
  const url = await post(ada);
  const id = url.split("/")[2] ?? "";
  const undo = async () => {
    const found = await Comment.findOne({ post: id }).orFail();
    return ada.submit(url, {}, `/comments/${found.id}/delete`);
  };
  const count = () => Comment.countDocuments({ post: id });
  return {
    who: ada,
    page: choosePage(id, url),
    action: `/posts/${id}/comments`,
    typed: { body: "Once." },
    undo,
    count,
  };
}

/** Every form with a once key, by its view, or by the end of its button's address. */
const cases: Record<string, () => Promise<Case>> = {
  "posts/new": async () => {
    const ada = await member();
    const author = (await findAccount(ada))._id;
    const typed = { title: "A gate", body: "Text.", visibility: "public" };
    const undo = async ({ location }: Page) => {
      const at = `/posts/${(location ?? "").split("/")[2]}`;
      return ada.submit(`${at}/edit`, {}, `${at}/delete`);
    };
    return {
      who: ada,
      page: "/posts/new",
      action: "/posts",
      typed,
      undo,
      count: () => Post.countDocuments({ author }),
    };
  },
  "comments/new": () => commenting((id) => `/posts/${id}/comments/new`),
  "comments/_list": () => commenting((_id, url) => url),
  "account/api-tokens/index": async () => {
    const ada = await member();
    const { _id: user } = await findAccount(ada);
    const page = "/account/api-tokens";
    const undo = async () => {
      const token = await ApiToken.findOne({ user }).orFail();
      return ada.submit(page, {}, `${page}/${token._id}/revoke`);
    };
    const typed = { description: "Backup", scopes: "posts.read", expiresInDays: "30" };
    return {
      who: ada,
      page,
      action: page,
      typed,
      undo,
      count: () => ApiToken.countDocuments({ user, revokedAt: null }),
    };
  },
  "admin/domains/index": async () => {
    const admin = await withRole("superadmin");
    const page = "/admin/domains";
    const undo = () => admin.submit(`${page}/undone/delete`, { confirmation: "undone" });
    const count = () => Domain.countDocuments({ slug: "undone" });
    return { who: admin, page, action: page, typed: { name: "Undone", slug: "undone" }, undo, count };
  },
  "admin/webhooks/index": async () => {
    const admin = await withRole("superadmin");
    const page = "/admin/webhooks";
    const undo = async () => {
      const { _id } = await Webhook.findOne({ description: "Undone" }).orFail();
      return admin.submit(`${page}/${_id}/delete`, {});
    };
    const count = () => Webhook.countDocuments({ description: "Undone" });
    const typed = { url: "https://undone.example/", description: "Undone", types: "domain.renamed" };
    return { who: admin, page, action: page, typed, undo, count };
  },
  "admin/invitations": async () => {
    const [admin, { email }] = [await withRole("superadmin"), newPerson()];
    const page = "/admin/invitations";
    const undo = async () => {
      const { _id } = await Invitation.findOne({ email }).orFail();
      return admin.submit(page, {}, `${page}/${_id}/revoke`);
    };
    return { who: admin, page, action: page, typed: { email, role: "editor" }, undo, count: mails(email, /invited/) };
  },
  "admin/users/impersonation": async () => {
    const { who, user, page } = await helped(await member(), "");
    const typed = { reason: "To help with a post." };
    const count = async () => {
      const acting = /You're acting as/.test((await who.get("/posts/new")).text);
      const written = await events(user, "impersonation.started")();
      return acting || !who.cookies.has("acting")
        ? written
        : assert.fail("the impersonation was started, but is not active");
    };
    const undo = () => who.submit("/dashboard", {}, "/impersonation/end");
    return { who, page: `${page}/impersonate`, action: `${page}/impersonate`, typed, undo, count, repeated: 403 };
  },
  "account/email-change": async () => {
    const [ada, { email }] = [await member(), newPerson()];
    const page = "/account/email";
    const undo = () => ada.submit(page, {}, `${page}/cancel`);
    const typed = { email, currentPassword: ada.password };
    return { who: ada, page, action: page, typed, undo, count: mails(email, /new email address/) };
  },
  "account/recovery-email": async () => {
    const [ada, { email }] = [await member(), newPerson()];
    const page = "/account/addresses";
    const undo = () => ada.submit(page, {}, `${page}/cancel`);
    const typed = { email, currentPassword: ada.password };
    return { who: ada, page, action: page, typed, undo, count: mails(email, /recovery email/) };
  },
  "auth/email-confirmation/new": async () => {
    const [ada, other] = [await signedUp(), newPerson()];
    const page = "/email-confirmation";
    const undo = () => ada.submit(page, { email: newPerson().email }); // corrected to another address
    return { who: ada, page, action: page, typed: { email: other.email }, undo, count: mails(other.email, /Confirm/) };
  },
  "auth/password-reset/new": async () => {
    const { email } = await member();
    const undo = () => choosePassword(email, /password/);
    const page = "/password-reset";
    return { who: visitor(), page, action: page, typed: { email }, undo, count: mails(email, /Reset your password/) };
  },
  "lost-factor": async () => {
    const ada = await protectedMember();
    const who = await enterPassword(ada);
    const undo = async () => {
      const password = "another-Gate-in-the-wall"; // invalidates the link, and ends the login that waits
      await ada.submit("/account/password", { currentPassword: ada.password, password });
      await enterPassword({ ...ada, password }, who);
    };
    return { who, page: LOST, action: LOST, undo, count: events(await findAccount(ada), "factor-recovery.asked") };
  },
  rotate: async () => {
    const [who, id] = [await withRole("superadmin"), await webhook()];
    const page = `/admin/webhooks/${id}`;
    const rotated = { event: "webhook.rotated", "details.webhook": id };
    const undo = () => who.submit(page, {}, `${page}/rotate`); // replaces the new secret too
    return { who, page, action: `${page}/rotate`, undo, count: () => AuditEvent.collection.countDocuments(rotated) };
  },
  test: () => sendingEvent("test", "webhook.tested"),
  resend: () => sendingEvent("resend", "webhook.sent-again"),
  "send-reset": async () => {
    const ada = await member();
    const { user, ...button } = await helped(ada, "send-reset");
    const undo = () => choosePassword(ada.email, /password/);
    return { ...button, undo, count: events(user, "password.reset-offered") };
  },
  "send-confirmation": async () => {
    const ada = await signedUp();
    const { user, ...button } = await helped(ada, "send-confirmation");
    const undo = () => ada.submit("/email-confirmation", { email: newPerson().email });
    return { ...button, undo, count: events(user, "email.confirmation-offered") };
  },
  "end-sessions": async () => {
    const ada = await member();
    const { user, ...button } = await helped(ada, "end-sessions");
    return { ...button, undo: () => login(ada), count: events(user, "session.ended-by-us") };
  },
  "admin/users/bulk-actions": async () => {
    const ada = await member();
    const { who, user } = await helped(ada, "");
    const page = `/admin/users/bulk?action=end-sessions&ids=${user.id}`;
    const typed = { action: "end-sessions", ids: user.id, reason: "A stolen laptop." };
    const count = events(user, "session.ended-by-us");
    return { who, page, action: "/admin/users/bulk", typed, undo: () => login(ada), count };
  },
  "end-others": async () => {
    const ada = await member();
    await login(ada);
    const page = "/account/sessions";
    const user = await findAccount(ada);
    const count = events(user, "session.ended-others");
    return { who: ada, page, action: `${page}/end-others`, undo: () => login(ada), count };
  },
  end: async () => {
    const ada = await member();
    const other = visitor();
    await other.submit("/login", { login: ada.username, password: ada.password });
    const user = await findAccount(ada);
    const page = "/account/sessions";
    const actions = [...(await ada.get(page)).text.matchAll(/action="(\/account\/sessions\/[^"]+\/end)"/g)];
    const action = actions[1]?.[1] ?? assert.fail();
    const undo = async () => {
      const session = await Session.findOne({ "session.passport.user": user._id }).lean();
      const content = { ...session?.session, device: action.split("/")[3] };
      await Session.start("e".repeat(64), content as never, new Date(Date.now() + 60_000));
    };
    return { who: ada, page, action, undo, count: events(user, "session.ended-elsewhere"), repeated: 404 };
  },
};

async function opened({ who, page, action, typed }: Case): Promise<Fields> {
  const fields = hiddenFields((await who.get(page)).text, action);
  assert.ok(fields.once, `the form of ${page} has a once key`);
  return { ...fields, ...typed };
}

/** Presses the button twice at once, and waits for the effect. @returns the response that the browser shows */
async function pressedTwice(one: Case, fields: Fields, count: number): Promise<Page> {
  const sent = () => one.who.send(one.action, fields);
  const [, answer] = await Promise.all([sent(), sent()]);
  assert.ok(answer.status === 303 || answer.status === 200 || answer.status === 201, `${answer.status} ${answer.text}`);
  await until("the action is done", async () => (await one.count()) >= count);
  assert.equal(
    (await sent()).status,
    one.repeated ?? answer.status,
    "a repeat after a lost response gets the same status",
  );
  assert.equal(await one.count(), count, "the action was done once");
  return answer;
}

describe("a form that is sent again after its effect was undone takes effect once more:", () => {
  for (const [name, prepare] of Object.entries(cases)) {
    test(name, async () => {
      const one = await prepare();
      const fields = await opened(one);
      const answer = await pressedTwice(one, fields, (await one.count()) + 1);
      if (!one.undo) return;
      await one.undo(answer);
      const { _csrf = "" } = hiddenFields((await one.who.get(one.page)).text, one.action);
      await pressedTwice(one, { ...fields, _csrf }, (await one.count()) + 1);
    });
  }
});

describe("after a cancelled change, the link in the newest email works, however often the form is sent again:", () => {
  const links = {
    "account/email-change": { subject: /new email address/, path: "/email-change/" },
    "account/recovery-email": { subject: /recovery email/, path: "/recovery-email/" },
  };
  for (const [name, { subject, path }] of Object.entries(links)) {
    test(name, async () => {
      const one = await (cases[name] ?? assert.fail())();
      const { email = "", ...fields } = await opened(one);
      const send = async () => one.who.send(one.action, { ...fields, email });
      const answer = await send();
      await allJobsDone();
      await one.undo?.(answer);
      for (let times = 0; times < 3; times += 1) assert.equal((await send()).status, 303);
      await allJobsDone();
      assert.equal(await one.count(), 2);
      const link = linkIn(await mailAbout(email, subject), path);
      assert.equal((await visitor().get(link)).status, 200);
    });
  }
});

test("every form with a once key is in the table of this test", () => {
  const views = fileURLToPath(new URL("../../../../views/", import.meta.url));
  const found = readdirSync(views, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ejs"));
  const drawn = found.flatMap((file) => {
    const text = readFileSync(views + file, "utf8");
    const buttons = [
      ...text.matchAll(/include\("partials\/button-to", \{ action: ["`]([^"`]+)["`][^\n]*\bform\b[^\n]*\}\)/g),
    ];
    const own = text.includes('include("partials/once"') && !file.startsWith("partials/") ? [file.slice(0, -4)] : [];
    return [...own, ...buttons.map(([, action = ""]) => action.split("/").at(-1) ?? "")];
  });
  assert.deepEqual([...new Set(drawn)].sort(), Object.keys(cases).sort());
});
