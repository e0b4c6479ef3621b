// Asks before something that nobody has saved yet is left behind.
const forms = [...document.querySelectorAll("form[data-unsaved-changes]")];
let leavingOnPurpose = false;

// What came back was never stored, although the page was drawn with it.
const isRefused = document.querySelector("[data-form-errors], [data-refusal]") !== null;

/** Whether a control is not as the page was drawn. Of a list whose page chose nothing, the first is chosen. */
function isChanged(control) {
  if (control instanceof HTMLSelectElement) {
    const drawn = [...control.options].filter((option) => option.defaultSelected);
    const chosen = [...control.selectedOptions];
    const expected = drawn.length > 0 || control.multiple ? drawn : [...control.options].slice(0, 1);
    return chosen.length !== expected.length || chosen.some((option) => !expected.includes(option));
  }
  return control.value !== control.defaultValue || control.checked !== control.defaultChecked;
}
const isUnsaved = (form) => [...form.querySelectorAll("input:not([type=hidden]), textarea, select")].some(isChanged);

// Any form: saving, deleting and logging out are all meant. Stopped, nobody leaves.
addEventListener("submit", () => {
  leavingOnPurpose = true;
});
const stay = () => {
  leavingOnPurpose = false;
};
addEventListener("pageshow", stay);
addEventListener("input", stay);
globalThis.navigation?.addEventListener("navigateerror", stay);

addEventListener("beforeunload", (event) => {
  if (!leavingOnPurpose && (isRefused || forms.some(isUnsaved))) event.preventDefault();
});

// Who writes is not idle: the server hears of it now and then, or the session would end under a long text.
const MOST_MS = 5 * 60_000;
const idleMs = Number(document.documentElement.dataset.idleSeconds) * 1000;
const keepAliveMs = Math.min(MOST_MS, idleMs / 3 || MOST_MS);
let keptAliveAt = Date.now();

addEventListener("input", () => {
  if (Date.now() - keptAliveAt < keepAliveMs) return;
  keptAliveAt = Date.now();
  fetch(location.pathname, { method: "HEAD" }).catch(() => {});
});
