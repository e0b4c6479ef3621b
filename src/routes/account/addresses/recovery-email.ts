import { recoveryEmailForm } from "../../../forms/account/recovery-email.js";
import { formatEmail } from "../../../lib/text/email-address.js";
import {
  askForRecoveryEmail,
  cancelRecoveryEmail,
  removeRecoveryEmail,
  resendRecoveryEmail,
} from "../../../services/account/recovery-email.js";
import { rateLimits } from "../../../web/rate-limits.js";
import { serveAddressForm } from "./address-form.js";

const { router, serveButton, notice } = serveAddressForm({
  purpose: "recovery-email",
  page: "/account/addresses",
  form: recoveryEmailForm,
  request: askForRecoveryEmail,
  confirms: "the address",
  describe: ({ recoveryEmail }) => ({ recoveryEmail: recoveryEmail?.address ?? null }),
});
export const accountRecoveryEmail = router;

serveButton(
  "/resend",
  async (actor, user) => {
    const email = await resendRecoveryEmail(actor, user);
    return email && notice(email);
  },
  { tone: "info", limits: [rateLimits.mails] },
);

serveButton("/cancel", async (actor, user) =>
  (await cancelRecoveryEmail(actor, user)) ? "Recovery email address cancelled." : null,
);

serveButton("/remove", async (actor, user) => {
  const address = formatEmail(user.recoveryEmail?.address ?? null);
  return (await removeRecoveryEmail(actor, user)) ? `${address} is no longer your recovery email address.` : null;
});
