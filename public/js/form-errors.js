// Focuses the error summary, so that users read it first even in browsers that ignore its autofocus.
const summary = document.querySelector("[data-form-errors]");
if (summary && document.activeElement !== summary) summary.focus();
