// @ts-check
// Loaded into the process of every test file. A file that does not end fails under its name, and does not block the
// run. `--test-timeout` is meant for this, but since Node 24 the process of a test file survives it.

/** The slowest file, half-done/account, takes one to three and a half minutes, depending on the load of the machine. */
const MINUTES = 10;

/** @type {NodeJS.Timeout | undefined} */
let timer;

/** Ends the process if this file does not end in time. @param {string | undefined} file */
function limit(file) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    console.error(`${file} did not finish within ${MINUTES} minutes.`);
    process.exit(1);
  }, MINUTES * 60_000).unref();
}

if (process.env.NODE_TEST_CONTEXT) {
  limit(process.argv[1]);
  process.on("test file", limit); // a process of several files begins with the next one (test/support/settings/shared-process.ts)
}
