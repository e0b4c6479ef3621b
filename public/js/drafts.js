// Stores typed form values in this tab until the form is saved: <form data-draft="user and form">. Closing the tab or
// logging out deletes them. The page offers the draft, but restores it only after a click.
const PREFIX = "draft ";
const SENT = "sent draft";
const PAUSE_MS = 300;

const read = (key) => {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
};
const write = (key, value) => {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage is full or disabled. The page also works without drafts.
  }
};
const forget = (key) => sessionStorage.removeItem(key);

// The page after the form confirms that the form was saved.
const sent = read(SENT);
if (sent && document.querySelector(".flash-success")) forget(sent);
forget(SENT);

document.querySelector('form[action="/logout"]')?.addEventListener("submit", () => {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) forget(key);
});

const controlsOf = (form) =>
  [...form.querySelectorAll("input:not([type=password], [type=file], [name=_csrf]), textarea, select")].filter(
    ({ name }) => name,
  );
const isTicked = ({ type }) => type === "checkbox" || type === "radio";
const stateOf = (form) =>
  controlsOf(form).map((control) => [control.name, isTicked(control) ? control.checked : control.value]);
/** Compares values without the version: when the form is sent, the server detects changes by other users. */
const isSame = (one, other) =>
  JSON.stringify(one.filter(([name]) => name !== "_version")) ===
  JSON.stringify(other.filter(([name]) => name !== "_version"));

function putBack(form, state) {
  for (const [index, control] of controlsOf(form).entries()) {
    const [name, value] = state[index] ?? [];
    if (name !== control.name) continue;
    if (isTicked(control)) control.checked = value;
    else control.value = value;
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

function offer(form, key, state) {
  const box = document.createElement("div");
  box.className = "draft-offer";
  box.setAttribute("role", "status");
  const text = document.createElement("p");
  text.textContent = "You have unsaved changes from earlier.";
  const button = (label, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "button button-quiet button-small";
    made.textContent = label;
    made.addEventListener("click", () => {
      box.remove();
      act();
    });
    return made;
  };
  const discard = button("Discard", () => forget(key));
  box.append(
    text,
    button("Restore", () => putBack(form, state)),
    discard,
  );
  form.before(box);
}

for (const form of document.querySelectorAll("form[data-draft]")) {
  const key = PREFIX + form.dataset.draft;
  const drawn = stateOf(form);
  const draft = read(key);
  const isRefused = document.querySelector("[data-form-errors], [data-refusal]") !== null;
  if (isRefused) write(key, drawn);
  else if (draft && isSame(draft, drawn)) forget(key);
  else if (draft) offer(form, key, draft);
  let timer;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => write(key, stateOf(form)), PAUSE_MS);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    write(key, stateOf(form));
    write(SENT, key);
  });
}
