// Sends a form only once, however often its button is pressed. The form is enabled again once sending has ended without a new page.
const forms = document.querySelectorAll("form[data-submit-once]");
const ANSWERED_WITHIN_MS = 10_000; // the server answers sooner than this, or not at all

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
  form.addEventListener("input", () => setBusy(form, false)); // the user continues to type, so sending was stopped
}

// Enables forms after going back, but not when the page first opens, because a form may already be sent by then; after Stop, where
// the browser reports it; and after Escape.
addEventListener("pageshow", ({ persisted }) => persisted && freeAll());
globalThis.navigation?.addEventListener("navigateerror", freeAll);
addEventListener("keydown", ({ key }) => key === "Escape" && freeAll());
