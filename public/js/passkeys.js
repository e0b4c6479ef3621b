// Forms that add or use a passkey: <form hidden data-passkey="sign-up|register|login|factor|reauthenticate">. They stay
// hidden in browsers without passkeys. With data-autofill, the browser also offers passkeys in the field for the
// username. With data-fields-of, the form also sends what was typed in the form with that id, except the password.

const forms = document.querySelectorAll("form[data-passkey]");
const REFRESH_MS = 4 * 60_000; // challenges are valid for five minutes
const isAvailable = Boolean(window.PublicKeyCredential && navigator.credentials);
let autofill = new AbortController();

const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const toText = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

/** For browsers from before 2025, which have no parseCreationOptionsFromJSON and parseRequestOptionsFromJSON. */
function parseByHand({ challenge, user, excludeCredentials = [], allowCredentials = [], ...others }) {
  const toIds = (list) => list.map((one) => ({ ...one, id: toBytes(one.id) }));
  return {
    ...others,
    challenge: toBytes(challenge),
    ...(user && { user: { ...user, id: toBytes(user.id) }, excludeCredentials: toIds(excludeCredentials) }),
    allowCredentials: toIds(allowCredentials),
  };
}

function parseOptions(options) {
  const name = options.user ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
  return PublicKeyCredential[name]?.(options) ?? parseByHand(options);
}

/** Some password managers create credentials whose toJSON throws. */
function toJson(credential) {
  try {
    return credential.toJSON();
  } catch {
    const { id, type, response, authenticatorAttachment } = credential;
    const names = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
    const parts = names.filter((name) => response[name]).map((name) => [name, toText(response[name])]);
    const transports = response.getTransports?.() ?? [];
    const clientExtensionResults = credential.getClientExtensionResults();
    const content = { ...Object.fromEntries(parts), transports };
    return { id, rawId: id, type, response: content, authenticatorAttachment, clientExtensionResults };
  }
}

function listTyped(form) {
  const other = document.getElementById(form.dataset.fieldsOf);
  return other ? [...new FormData(other)].filter(([name]) => name !== "password" && !name.startsWith("_")) : [];
}

async function fetchOptions(form) {
  const answer = await fetch("/passkeys/options", {
    method: "POST",
    headers: { "x-csrf-token": form.elements._csrf.value, accept: "application/json" },
    body: new URLSearchParams([["purpose", form.dataset.passkey], ...listTyped(form)]),
  });
  if (answer.ok) return parseOptions(await answer.json());
  if (form.dataset.passkey === "register" && answer.status === 403) location.assign(form.dataset.confirm);
  if (form.dataset.passkey === "sign-up" && answer.status === 400) send(form); // the next page shows the errors at their fields
  const { detail } = await answer.json().catch(() => ({}));
  throw new Error(detail ?? "That didn't work. Reload the page and try again.");
}

function send(form, credential) {
  form.elements.credential.value = credential ? JSON.stringify(toJson(credential)) : "";
  for (const [name, value] of listTyped(form)) addField(form, name, value);
  for (const name of ["remember", "trust"]) {
    if (document.querySelector(`[name=${name}]:checked`)) addField(form, name, "on");
  }
  form.submit();
}

function addField(form, name, value) {
  form.elements.namedItem(name)?.remove(); // left from the last time, if the user went back
  const field = Object.assign(document.createElement("input"), { type: "hidden", name, value });
  form.append(field);
}

const needsLock = "Your device must ask for a PIN, a fingerprint or your face.";
const notAllowed = {
  register: `No passkey was added. Try again. ${needsLock}`,
  login: "No passkey was used. Try again. If your security key has no PIN, log in with your password first.",
};

/** What users read. Browsers do not say whether the user cancelled, has no passkey, or has a device without a PIN. */
const explain = ({ name, message }, { dataset }) =>
  ({
    NotAllowedError: notAllowed[dataset.passkey] ?? "No passkey was used. Try again, or choose another way.",
    ConstraintError: `This device can't store the passkey. ${needsLock}`,
    InvalidStateError: "This device already has a passkey for your account.",
    SecurityError: "Passkeys don't work at this address of the site.",
  })[name] ?? message;

async function run(form) {
  const status = form.querySelector("[data-passkey-status]");
  autofill.abort(); // browsers allow one request at a time
  form.toggleAttribute("data-busy", true);
  status.textContent = "Follow the instructions of your browser\u2026";
  try {
    const publicKey = await fetchOptions(form);
    send(form, await navigator.credentials[publicKey.user ? "create" : "get"]({ publicKey }));
  } catch (error) {
    status.textContent = explain(error, form);
    form.toggleAttribute("data-busy", false);
    form.dispatchEvent(new Event("input")); // submit-once.js enables the form again
    offerInField(form);
  }
}

/** Offers passkeys in the field for the username, and asks for a new challenge before the last one expires. */
async function offerInField(form) {
  if (!form.hasAttribute("data-autofill") || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  if (form.hasAttribute("data-busy")) return; // the button was pressed first
  autofill = new AbortController();
  const { signal } = autofill;
  const again = setTimeout(() => {
    autofill.abort();
    offerInField(form);
  }, REFRESH_MS);
  try {
    const publicKey = await fetchOptions(form);
    const credential = await navigator.credentials.get({ publicKey, mediation: "conditional", signal });
    if (credential) send(form, credential);
  } catch {
    // aborted, or refused: the button and the password still work
  } finally {
    if (signal.aborted) clearTimeout(again);
  }
}

for (const form of isAvailable ? forms : []) {
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return; // sent before: submit-once.js
    event.preventDefault();
    if (!form.hasAttribute("data-busy")) run(form);
  });
  offerInField(form);
}
for (const text of isAvailable ? document.querySelectorAll("[data-no-passkeys]") : []) text.hidden = true;
