import { emailForm } from "../../../forms/account/email-change.js";
import { askForEmailChange, cancelEmailChange } from "../../../services/account/email-change.js";
import { serveAddressForm } from "./address-form.js";

const { router, serveButton } = serveAddressForm({
  purpose: "email-change",
  page: "/account/email",
  form: emailForm,
  request: askForEmailChange,
  confirms: "the change",
});
export const accountEmailChange = router;

serveButton("/cancel", async (actor, user) =>
  (await cancelEmailChange(actor, user)) ? "Email change cancelled." : null,
);
