// Asks for confirmation before the user leaves a page with unsaved changes.
const forms = [...document.querySelectorAll("form[data-unsaved-changes]")];
let leavingOnPurpose = false;

// The page contains the values of a refused form, but they were never stored.
const isRefused = document.querySelector("[data-form-errors], [data-refusal]") !== null;

/**
 * Returns true if a control has changed since the page was rendered. If no option was selected, a list starts with the
 * first one.
 */
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

// Sending any form is intended: saving, deleting, logging out. If sending is stopped, the user stays on the page.
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
