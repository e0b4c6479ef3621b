// Shows forms that try the calls of the API, with the responses on the page. The token is not stored.
const token = document.getElementById("token");
document.querySelector("[data-token]").hidden = false;
document.querySelector("[data-token]").addEventListener("submit", (event) => event.preventDefault());

const SHOWN = ["content-type", "etag", "link", "location", "www-authenticate", "ratelimit", "retry-after"];

/** Converts a form to the arguments of fetch. */
function requestOf(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  const headers = new Headers();
  let body;
  for (const field of form.querySelectorAll("[data-in]")) {
    const { in: place, name } = field.dataset;
    const value = field.value.trim();
    if (place === "path") path = path.replace(`{${name}}`, encodeURIComponent(value));
    else if (place === "body") body = value;
    else if (value && place === "query") query.set(name, value);
    else if (value) headers.set(name, value);
  }
  if (token.value.trim()) headers.set("Authorization", `Bearer ${token.value.trim()}`);
  if (body !== undefined) headers.set("Content-Type", "application/json");
  const address = query.size > 0 ? `${path}?${query}` : path;
  return [
    new URL(new URL(address).pathname + new URL(address).search, location.origin),
    { method: form.dataset.call, headers, body },
  ];
}

function block(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

/** Formats JSON text. Returns any other text unchanged. */
function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function send(form) {
  const shown = form.querySelector("[data-answer]");
  try {
    const [address, request] = requestOf(form);
    const response = await fetch(address, { ...request, credentials: "omit", cache: "no-store" });
    const headers = SHOWN.filter((name) => response.headers.has(name)).map(
      (name) => `${name}: ${response.headers.get(name)}`,
    );
    const text = pretty(await response.text());
    const body = block("pre", [...headers, ...(text ? ["", text] : [])].join("\n"));
    body.tabIndex = 0;
    shown.replaceChildren(block("p", `${response.status} ${response.statusText}`), body);
    shown.classList.toggle("api-answer-refused", response.status >= 400);
    const { access_token: fresh } = response.ok && text.startsWith("{") ? JSON.parse(text) : {};
    if (fresh) token.value = fresh; // after a login on this page, the next calls use its token
  } catch (error) {
    shown.replaceChildren(block("p", `Request failed: ${error.message}`));
  }
}

for (const form of document.querySelectorAll("form[data-call]")) {
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}

/** Opens the box of the call whose id is in the address. */
function open() {
  const named = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named instanceof HTMLDetailsElement) named.open = true;
}
addEventListener("hashchange", open);
open();
