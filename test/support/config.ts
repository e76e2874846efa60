/** What the tests take from the environment; nothing else in this folder reads it. */
export const config = {
  /** The PostgreSQL that `npm test` started for all test files, as its administrator sees it. */
  sharedPostgres: process.env.KEYWRIGHT_TEST_PG,
  path: process.env.PATH ?? '',
};

/** The environment for a program that the tests start. */
export function environment(more: Record<string, string> = {}): Record<string, string | undefined> {
  return { ...process.env, ...more };
}
