import { formatEmail } from "../../../lib/text/email-address.js";
import { confirmEmailChange } from "../../../services/account/email-change.js";
import { renewSession } from "../../../web/session/session.js";
import { serveAddressLink } from "./address-link.js";

export const emailChange = serveAddressLink({
  purpose: "email-change",
  page: "/account/email",
  title: "Your email address has been changed",
  describeDone: (email, { username }) => `The email address of ${username} is now ${formatEmail(email)}.`,
  taken: "Nothing was changed.",
  confirm: confirmEmailChange,
  async afterwards(req, user) {
    if (req.user?.id === user.id) await renewSession(req);
  },
});
