const KEPT = ["PATH", "HOME", "TMPDIR"];

/**
 * Returns the environment of a user, for a program that a test starts: without what this test, another file of its
 * process, `node --test`, npm or git has set.
 * @param others further variables to keep
 */
export const usersEnvironment = (...others: string[]): Record<string, string> =>
  Object.fromEntries([...KEPT, ...others].flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
