import { Agent, request } from 'node:http';
import { setTimeout } from 'node:timers/promises';

/** One request that passed: between these two moments (performance.now) it was decided. */
interface Passed {
  sentAt: number;
  heardAt: number;
  isDegraded: boolean;
}

export interface Hammered {
  passed: readonly Passed[];
  asked: number;
  /** By status. */
  answers: ReadonlyMap<number | string, number>;
  /** From the first request to the last answer. */
  spanMs: number;
}

const CONNECTIONS = 4;
const BETWEEN_MS = 3;

/** Asks all nodes about one key, as fast as a few connections to each do, until `stop` is called. */
export class Hammer {
  readonly #passed: Passed[] = [];
  readonly #answers = new Map<number | string, number>();
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  readonly #token: string;
  readonly #beganAt = performance.now();
  readonly #runs: Promise<void>[];
  #stopping = false;

  constructor(urls: readonly string[], token: string) {
    this.#token = token;
    this.#runs = urls.flatMap(url => Array.from({ length: CONNECTIONS }, () => this.#run(url)));
  }

  /** How many were answered so until now. */
  count(status: number): number {
    return this.#answers.get(status) ?? 0;
  }

  async stop(): Promise<Hammered> {
    this.#stopping = true;
    await Promise.all(this.#runs);
    const spanMs = performance.now() - this.#beganAt;
    this.#agent.destroy();
    const asked = [...this.#answers.values()].reduce((sum, count) => sum + count, 0);
    return { passed: this.#passed, asked, answers: this.#answers, spanMs };
  }

  async #run(url: string): Promise<void> {
    while (!this.#stopping) {
      const sentAt = performance.now();
      const answer = await this.#ask(url);
      this.#answers.set(answer.status, (this.#answers.get(answer.status) ?? 0) + 1);
      if (answer.status === 204)
        this.#passed.push({ sentAt, heardAt: performance.now(), isDegraded: answer.isDegraded });
      await setTimeout(BETWEEN_MS);
    }
  }

  /** A node that does not answer, or has died, lets nothing pass. */
  #ask(url: string): Promise<{ status: number | string; isDegraded: boolean }> {
    const headers = { authorization: `Bearer ${this.#token}`, 'x-forwarded-method': 'GET' };
    return new Promise(resolve => {
      const failed = () => resolve({ status: 'none', isDegraded: false });
      const asked = request(`${url}/v1/auth`, { agent: this.#agent, headers, timeout: 10_000 }, response => {
        response.resume().on('end', () => {
          const isDegraded = response.headers['keywright-limits'] === 'degraded';
          resolve({ status: response.statusCode ?? 'none', isDegraded });
        });
      });
      asked.on('error', failed).on('timeout', () => asked.destroy());
      asked.end();
    });
  }
}

/** The most that were decided for certain within any span of that length: sent and heard in it. */
export function mostWithin(passed: readonly Passed[], spanMs: number): number {
  const bySending = passed.toSorted((a, b) => a.sentAt - b.sentAt);
  let most = 0;
  for (const [n, { sentAt }] of bySending.entries()) {
    let inside = 0;
    for (let m = n; m < bySending.length; m++) {
      const one = bySending[m] as Passed; // within the list
      if (one.sentAt > sentAt + spanMs) break;
      if (one.heardAt <= sentAt + spanMs) inside++;
    }
    most = Math.max(most, inside);
  }
  return most;
}

export async function hammerFor(ms: number, urls: readonly string[], token: string): Promise<Hammered> {
  const hammer = new Hammer(urls, token);
  await setTimeout(ms);
  return hammer.stop();
}
