import { DeadlineExceeded } from "../../../lib/async/timeout.js";
import { verifySmtp } from "../../../mail/smtp.js";
import { type DoctorCheck, type Finding, fail, pass, skip, warn } from "./finding.js";

const WHY = "Emails wait in the queue, for a day at most. Users cannot confirm their address or reset their password.";

/** Connects to the mail server and logs in, without sending an email. */
export const checkSmtp: DoctorCheck = async ({ smtpUrl, production, waitMs }) => {
  if (!smtpUrl && production)
    return [warn("SMTP_URL is not set", WHY, "Set SMTP_URL and MAIL_FROM, as .env.example shows, and restart.")];
  if (!smtpUrl) return [skip("The mail server", "SMTP_URL is not set: emails are shown at /dev/mailbox.")];
  const { host, protocol, username } = new URL(smtpUrl);
  try {
    await verifySmtp(smtpUrl, waitMs);
  } catch (error) {
    return [describe(error, host)];
  }
  const greeting = protocol === "smtps:" ? "answers over TLS" : "answers";
  return [pass(`${host} ${greeting}${username ? " and accepts the login" : ", and no login is set"}`)];
};

type SmtpError = Error & { code?: string; command?: string; responseCode?: number };

function describe(error: unknown, host: string): Finding {
  const { code = "", command = "", responseCode, message } = error as SmtpError;
  const status = responseCode ? ` (${responseCode})` : "";
  if (code === "EAUTH" || command.startsWith("AUTH"))
    return fail(
      `${host} refuses the login${status}`,
      WHY,
      "Check the user and the password in SMTP_URL. Special characters must be percent-encoded (@ is %40).",
    );
  if (command === "STARTTLS" || /STARTTLS/.test(message))
    return fail(
      `${host} does not offer STARTTLS`,
      WHY,
      "Use smtps:// (port 465) or the submission port 587, and let the server offer STARTTLS. Without it, passwords and emails would be readable in the network.",
    );
  if (/certificate|altnames|self.signed/i.test(message))
    return fail(
      `The certificate of ${host} is invalid: ${message}`,
      WHY,
      "Use the host name that the certificate is for. If the authority is your own, start the app with NODE_EXTRA_CA_CERTS=/path/to/ca.pem.",
    );
  if (error instanceof DeadlineExceeded || code === "ETIMEDOUT")
    return fail(
      `${host} does not greet in time`,
      WHY,
      "Check the host and port in SMTP_URL, and whether a firewall blocks them. A port that expects TLS needs smtps://.",
    );
  if (responseCode)
    return fail(`${host} refuses the connection${status}`, WHY, "Ask the operator of the mail server for the reason.");
  return fail(
    `${host} cannot be reached: ${message}`,
    WHY,
    "Check the host and port in SMTP_URL, whether the server runs, and whether a firewall blocks it.",
  );
}
