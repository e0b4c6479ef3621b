// @ts-check
/**
 * Runs a command; an expected failure prints one line instead of a stack trace.
 * @param {() => Promise<unknown>} story
 */
export async function command(story) {
  try {
    await story();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
