// Focuses the error summary in browsers that ignore its autofocus, so that the errors come first.
const summary = document.querySelector("[data-form-errors]");
if (summary && document.activeElement !== summary) summary.focus();
