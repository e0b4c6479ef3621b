// A form is sent once, however often its button is pressed. It is free again as soon as sending it has ended without a new page.
const forms = document.querySelectorAll("form[data-submit-once]");
const ANSWERED_WITHIN_MS = 10_000; // the server answers sooner, if it answers at all

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
  form.addEventListener("input", () => setBusy(form, false)); // who goes on writing has stopped it
}

// Back from another page, but not when the page opens first: a form may be on its way by then. Stop, where the browser tells of it;
// and the key that stops.
addEventListener("pageshow", ({ persisted }) => persisted && freeAll());
globalThis.navigation?.addEventListener("navigateerror", freeAll);
addEventListener("keydown", ({ key }) => key === "Escape" && freeAll());
