import { KeywrightError } from '@keywright/core';
import { RateLimiterMemory } from 'rate-limiter-flexible';

const ATTEMPTS = 10;
const WINDOW_SECONDS = 60;

/** The part of a limit that each of several processes may use up, so that all together keep it; one at least. */
export function shareOf(max: number, processes: number): number {
  return Math.max(1, Math.floor(max / processes));
}

/** Bounds how often somebody may guess a password or a link: ten times a minute for each subject, over all nodes. */
export class Attempts {
  readonly #processes: () => number;
  readonly #limiter = new RateLimiterMemory({ points: ATTEMPTS, duration: WINDOW_SECONDS });

  /** `processes`: how many share the limit just now, workers and nodes on other machines included. */
  constructor(processes: () => number) {
    this.#processes = processes;
  }

  /** Throws `too_many_attempts` when the subject has none left. */
  async take(subject: string): Promise<void> {
    this.#limiter.points = shareOf(ATTEMPTS, this.#processes());
    try {
      await this.#limiter.consume(subject);
    } catch {
      throw new KeywrightError('too_many_attempts', 'That was tried too often. Wait a minute, then try again.');
    }
  }
}
