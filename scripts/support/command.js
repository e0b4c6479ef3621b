// @ts-check
/**
 * Runs a command. If it fails in an expected way, prints one line instead of a stack trace.
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
