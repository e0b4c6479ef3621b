// A form is sent once, however often its button is pressed; coming back to the page frees it again.
const forms = document.querySelectorAll("form[data-submit-once]");

function setBusy(form, busy) {
  form.toggleAttribute("data-sent", busy);
  for (const button of form.querySelectorAll("button:not([type=button])")) {
    if (busy) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
}

for (const form of forms) {
  form.addEventListener("submit", (event) => {
    if (form.hasAttribute("data-sent")) event.preventDefault();
    else setBusy(form, true);
  });
}

addEventListener("pageshow", () => {
  for (const form of forms) setBusy(form, false);
});
