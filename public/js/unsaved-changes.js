// Asks before text that nobody has saved yet is left behind.
const form = document.querySelector("form[data-unsaved-changes]");
let leavingOnPurpose = false;

// What came back with mistakes was never stored, although the page was drawn with it.
const refused = form.querySelector("[data-form-errors]") !== null;
const isChanged = (control) => control.value !== control.defaultValue || control.checked !== control.defaultChecked;

// Any form: saving, deleting and logging out are all meant.
addEventListener("submit", () => {
  leavingOnPurpose = true;
});

addEventListener("pageshow", () => {
  leavingOnPurpose = false;
});

addEventListener("beforeunload", (event) => {
  const changed = [...form.querySelectorAll("input, textarea")].some(isChanged);
  if (!leavingOnPurpose && (refused || changed)) event.preventDefault();
});

// Who writes is not idle: the server hears of it now and then, or the session would end under a long text.
const KEEP_ALIVE_MS = 5 * 60_000;
let keptAliveAt = Date.now();

form.addEventListener("input", () => {
  if (Date.now() - keptAliveAt < KEEP_ALIVE_MS) return;
  keptAliveAt = Date.now();
  fetch(location.pathname, { method: "HEAD" }).catch(() => {});
});
