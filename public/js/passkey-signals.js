// Tells the browser which passkeys the site still accepts, so that password managers hide the others, and the username
// that they show (WebAuthn Level 3, 5.1.10): <div hidden data-passkey-signal="{…}">. Browsers without these functions
// ignore it.

const element = document.querySelector("[data-passkey-signal]");
const { rpId, userId, name, accepted, unknown } = JSON.parse(element?.dataset.passkeySignal ?? "{}");
const api = window.PublicKeyCredential;
const send = (method, options) => api?.[method]?.({ rpId, ...options }).catch(() => {});

if (unknown) send("signalUnknownCredential", { credentialId: unknown });
if (accepted) {
  send("signalAllAcceptedCredentials", { userId, allAcceptedCredentialIds: accepted });
  send("signalCurrentUserDetails", { userId, name, displayName: name });
}
