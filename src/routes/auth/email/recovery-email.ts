import { formatEmail } from "../../../lib/text/email-address.js";
import { confirmRecoveryEmail } from "../../../services/account/recovery-email.js";
import { serveAddressLink } from "./address-link.js";

export const recoveryEmail = serveAddressLink({
  purpose: "recovery-email",
  page: "/account/addresses",
  title: "Your recovery email address is confirmed",
  describeDone: (email, { username }) => `${formatEmail(email)} is now the recovery email address of ${username}.`,
  taken: "It can be the recovery email address of only one account. Nothing was changed.",
  confirm: confirmRecoveryEmail,
});
