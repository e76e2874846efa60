import { KeywrightError } from '@keywright/core';
import { RateLimiterMemory } from 'rate-limiter-flexible';

const ATTEMPTS = 10;
const WINDOW_SECONDS = 60;

/** Bounds how often somebody may guess a password or a link: ten times a minute for each subject. */
export class Attempts {
  readonly #limiter = new RateLimiterMemory({ points: ATTEMPTS, duration: WINDOW_SECONDS });

  /** Throws `too_many_attempts` when the subject has none left. */
  async take(subject: string): Promise<void> {
    try {
      await this.#limiter.consume(subject);
    } catch {
      throw new KeywrightError('too_many_attempts', `That was tried ${ATTEMPTS} times. Wait a minute, then try again.`);
    }
  }
}
