import { pageRoutes } from "../../../src/routes/index.js";
import { listMountedRoutes } from "../../../src/web/mount.js";
import { jpeg, pictured } from "../avatars/avatars.js";
import { webhook } from "../jobs/webhooks.js";
import { askForRecoveryEmail, askToChange } from "../mail/links.js";
import { linkIn, mailAbout } from "../mailbox.js";
import { domain } from "../users/domains.js";
import { askForLink, enterPassword, startRecovery } from "../users/factor-recovery.js";
import { protectedMember } from "../users/factors.js";
import { invitedBy } from "../users/invitations.js";
import { logIn, resetLinkFor } from "../users/passwords.js";
import { comment, type Member, member, newPerson, post, registeredMember, signedUp, withRole } from "../users.js";
import { type Visitor, visitor } from "../visitor.js";

/** A page as one user sees it. */
export type View = { who: Visitor; path: string };
type Views = Record<string, View>;

/** All addresses of pages, except those of development. */
export const pageAddresses = listMountedRoutes(pageRoutes)
  .filter(({ method, path }) => method === "GET" && !path.startsWith("/dev/"))
  .map(({ path }) => path);

const POSTS = 10;
const text = "Some *text*.\n\n![A gate](https://example.org/gate.png)";

/** Creates users with pictures, posts, and links in emails. */
export async function createScene() {
  const [ada, admin] = [await registeredMember(), await withRole("superadmin")];
  await pictured(ada, await jpeg());
  const path = await post(ada, { title: "A post", body: text });
  for (let n = 1; n < POSTS; n += 1) await post(ada, { title: `Post ${n}`, body: text });
  const said = await comment(admin, path.split("/")[2] ?? "");
  const views = {
    ...(await aboutPosts({ ada, admin, path, said })),
    ...(await aboutDomains(admin)),
    ...(await aboutWebhooks(admin)),
    ...(await behindLinks(ada, admin)),
    ...(await duringLogin()),
  };
  const subject = (await member()).id;

  /** Returns the view of an address that shows most. */
  function getView(address: string): View {
    const known = views[address];
    if (known) return known;
    if (address === "/admin/users/bulk") return { who: admin, path: `${address}?action=disable&ids=${subject}` };
    if (address.startsWith("/admin")) return { who: admin, path: address.replace(":id", subject) };
    const isForMembers = /^\/(account|dashboard|domains|posts\/new|reauthenticate)/.test(address);
    return { who: isForMembers ? ada : visitor(), path: address };
  }

  return { ada, post: path, getView };
}

type About = { ada: Member; admin: Member; path: string; said: string };

async function aboutPosts({ ada, admin, path, said }: About): Promise<Views> {
  const [id = ""] = path.split("/").slice(2);
  const handle = /sessions\/([0-9a-f]{24})\/name"/.exec((await ada.get("/account/sessions")).text)?.[1];
  return {
    "/posts/:id/:slug": { who: visitor(), path },
    "/posts/:id/edit": { who: ada, path: `/posts/${id}/edit` },
    "/posts/:id/comments/new": { who: ada, path: `/posts/${id}/comments/new` },
    "/comments/:id/edit": { who: admin, path: `/comments/${said}/edit` },
    "/users/:username": { who: visitor(), path: `/users/${ada.username}` },
    "/problems/:name": { who: visitor(), path: "/problems/not-found" },
    "/account/sessions/:handle/name": { who: ada, path: `/account/sessions/${handle}/name` },
  };
}

async function aboutDomains(superadmin: Member): Promise<Views> {
  const { id, slug } = await domain();
  const editor = await withRole("editor", id);
  await post(editor);
  const places = { domains: editor, "admin/domains": superadmin };
  const pages = ["", "/people", "/leave", "/edit", "/delete"];
  return Object.fromEntries(
    Object.entries(places).flatMap(([start, who]) =>
      pages.map((end) => [`/${start}/:slug${end}`, { who, path: `/${start}/${slug}${end}` }]),
    ),
  );
}

async function aboutWebhooks(who: Member): Promise<Views> {
  const id = await webhook();
  return Object.fromEntries(
    ["", "/edit", "/delete"].map((end) => [`/admin/webhooks/:id${end}`, { who, path: `/admin/webhooks/${id}${end}` }]),
  );
}

/** The pages behind links in emails. */
async function behindLinks(ada: Member, admin: Member): Promise<Views> {
  const [newcomer, helped] = [await signedUp(), await protectedMember()];
  await startRecovery(helped);
  const { confirm, undo } = await askToChange(ada, newPerson().email);
  await logIn(ada, ada.password);
  const mailed = async (email: string, subject: RegExp, purpose: string) =>
    linkIn(await mailAbout(email, subject, `/${purpose}/`), `/${purpose}/`);
  const paths = {
    "email-confirmation": await mailed(newcomer.email, /Confirm/, "email-confirmation"),
    "password-reset": await resetLinkFor((await member()).email),
    "email-change": confirm,
    "email-undo": undo,
    "factor-recovery": await askForLink(await protectedMember()),
    "factor-recovery-cancel": await mailed(helped.email, /./, "factor-recovery-cancel"),
    "recovery-email": (await askForRecoveryEmail(await member(), newPerson().email)).confirm,
    "not-me": await mailed(ada.email, /new device/, "not-me"),
    unsubscribe: await mailed(ada.email, /New comment/, "unsubscribe"),
    invitations: (await invitedBy(admin)).link,
  };
  return Object.fromEntries(
    Object.entries(paths).map(([purpose, path]) => [`/${purpose}/:token`, { who: visitor(), path }]),
  );
}

/** The pages of a login that waits for its second factor. */
async function duringLogin(): Promise<Views> {
  const who = await enterPassword(await protectedMember());
  const paths = ["/login/second-factor", "/login/recovery", "/login/lost-factor"];
  return Object.fromEntries(paths.map((path) => [path, { who, path }]));
}
