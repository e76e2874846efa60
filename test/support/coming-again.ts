import { setTimeout as pause } from 'node:timers/promises';

const TIMES_MAX = 3;

/** For keys that a server has not seen yet: where its database does not answer in time it says 503, and when to come again. */
export class ComingAgain {
  /** How often that was said. */
  count = 0;

  /** Comes again as it is told, three times at most. */
  readonly fetch: typeof fetch = async (input, init) => {
    for (let left = TIMES_MAX; ; left--) {
      const answer = await fetch(input, init);
      const seconds = answer.headers.get('retry-after');
      if (answer.status !== 503 || seconds === null || left === 0) return answer;
      this.count++;
      await answer.body?.cancel();
      await pause(Number(seconds) * 1000);
    }
  };
}
