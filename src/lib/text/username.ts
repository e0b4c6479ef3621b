import { looksLikeSite } from "./site-names.js";

const SHORTEST = 2;
const LONGEST = 30;

/** Names that users could mistake for the site, its staff or its servers, or that are part of our addresses. */
const RESERVED = new Set(
  `abuse account accounts activity admin administrator administrators admins anonymous api apidocs apitokens assets audit
  auditlog authenticate avatar billing contact contactus css dashboard delete deletion dev disabled domain domains
  edit email emailconfirmation enable errors everyone export false favicon ftp guest healthz help home
  hostmaster http https images img info invitation invitations invite js legal localhost login logout mail mailbox
  mailerdaemon me member members mod moderator moderators myself new newsletter nobody noreply null official owner
  password passwordreset passkeys page postmaster posts press privacy profile public reauthenticate readyz register
  reset robots root rss security self sessions settings signin signout signup sitemap staff static status su sudo
  superuser support sys sysadmin system team terms true twofactor undefined unknown user username users uuid
  visitor webmaster wellknown www you`.split(/\s+/),
);

/**
 * Returns why a username is refused, as a message for the user; null if it is accepted. Usernames are unique in lower
 * case.
 */
export function findUsernameProblem(name: string): string | null {
  if (name.length === 0) return "Choose a username.";
  if (name.length < SHORTEST) return `Use at least ${SHORTEST} characters.`;
  if (name.length > LONGEST) return `Use at most ${LONGEST} characters. You have ${name.length}.`;
  if (!/^[a-z0-9_-]+$/i.test(name)) return "Use only letters (a–z), numbers, hyphens and underscores.";
  if (/^[_-]/.test(name)) return "Start with a letter or number.";
  if (RESERVED.has(name.toLowerCase().replace(/[_-]/g, "")) || looksLikeSite(name))
    return "This username is reserved. Choose another.";
  return null;
}
