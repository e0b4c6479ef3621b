// Sends a form only once, even if its button is pressed several times. If sending ends without a new page, enables the
// form again.
const forms = document.querySelectorAll("form[data-submit-once]");
const ANSWERED_WITHIN_MS = 10_000; // the server responds within this time, or not at all

function setBusy(form, busy) {
  form.toggleAttribute("data-sent", busy);
  for (const button of form.querySelectorAll("button:not([type=button])")) {
    if (busy) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
}

const freeAll = () => {
  for (const form of forms) setBusy(form, false);
};

for (const form of forms) {
  form.addEventListener("submit", (event) => {
    if (form.hasAttribute("data-sent")) return event.preventDefault();
    setBusy(form, true);
    setTimeout(freeAll, ANSWERED_WITHIN_MS);
  });
  form.addEventListener("input", () => setBusy(form, false)); // if the user continues to type, sending was stopped
}

// Enables forms in three cases: after going back (not when the page first opens, because a form may already have been
// sent by then), after Stop if the browser reports it, and after Escape.
addEventListener("pageshow", ({ persisted }) => persisted && freeAll());
globalThis.navigation?.addEventListener("navigateerror", freeAll);
addEventListener("keydown", ({ key }) => key === "Escape" && freeAll());
