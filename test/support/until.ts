import { setTimeout as pause } from 'node:timers/promises';

interface Patience {
  /** How long to go on asking. */
  ms?: number;
  /** The pause between two questions. */
  everyMs?: number;
  /** What is waited for, for the error. */
  what?: string;
}

/**
 * Asks until the answer is truthy, and returns it. A check that throws counts as "not yet"; its last error is the cause. The last check
 * begins after the time is over: however long a check or a pause has taken, what came about within the time is seen.
 */
export async function until<Answer>(
  check: () => Answer | Promise<Answer>,
  { ms = 10_000, everyMs = 20, what = check.toString() }: Patience = {},
): Promise<Exclude<Answer, false | null | undefined | 0 | ''>> {
  const deadline = performance.now() + ms;
  for (;;) {
    const isLast = performance.now() > deadline;
    let cause: unknown;
    try {
      const answer = await check();
      // What is truthy is none of the excluded values; the compiler does not narrow a type parameter.
      if (answer) return answer as Exclude<Answer, false | null | undefined | 0 | ''>;
    } catch (error) {
      cause = error;
    }
    if (isLast) throw new Error(`Waited ${ms} ms in vain for: ${what}`, { cause });
    await pause(everyMs);
  }
}
