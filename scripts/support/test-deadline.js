// @ts-check
// Loaded into the process of every file of tests: one that does not end fails, by name, and does not keep the run waiting.
// `--test-timeout` would be the tool for it, but since Node 24 a file's process outlives that.

/** The longest file, half-done/account, takes one to three and a half, by how busy the machine is. */
const MINUTES = 10;

if (process.env.NODE_TEST_CONTEXT) {
  setTimeout(() => {
    console.error(`${process.argv[1]} did not finish within ${MINUTES} minutes.`);
    process.exit(1);
  }, MINUTES * 60_000).unref();
}
