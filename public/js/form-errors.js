// Browsers that ignore autofocus on a summary are helped: what went wrong is the first thing to meet.
const summary = document.querySelector("[data-form-errors]");
if (summary && document.activeElement !== summary) summary.focus();
