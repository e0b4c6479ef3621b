// @ts-check
/**
 * Runs a command's story; a failure that it foresaw ends in one line, not in a stack trace.
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
