import { type Asked, type Charged, type Facts, type Limited, type LimitState, limitedBy } from '@keywright/core';
import type { Store } from '@keywright/store';
import { Rates } from '@keywright/verifier';
import type { Logger } from 'pino';
import { type QuotaHold, QuotaLeases, quotaStates } from './quota-leases.ts';

/** Charges uses to rate limits and quotas, each use to all limits of its key or to none. */
export class Limiter implements AsyncDisposable {
  readonly #rates = new Rates();
  readonly #quotas: QuotaLeases;
  readonly #processes: () => number;

  /** `processes` use the same database, and share its limits. */
  constructor(store: Store, log: Logger, processes: () => number) {
    this.#quotas = new QuotaLeases(store, log, processes);
    this.#processes = processes;
    this.#quotas.start();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#quotas.stop();
  }

  /** At once where nobody has to be asked. Rejects when the database does not answer that counts a quota. */
  charge(facts: Facts, { cost = 1 }: Asked, at: number): Charged | Promise<Charged> {
    const limited = limitedBy(facts);
    const held = this.#quotas.hold(limited, cost, at);
    if (held instanceof Promise) return held.then(later => this.#rate(limited, cost, at, later));
    return this.#rate(limited, cost, at, held);
  }

  /** How limits stand, while nothing is charged. */
  async look(limited: readonly Limited[], at: number): Promise<LimitState[]> {
    const { states } = this.#rates.charge(limited, { cost: 0, at, shares: this.#processes() });
    return [...states, ...(await this.#quotas.look(limited, at))];
  }

  /** The quotas first, because what was taken of them is given back here without asking anybody. */
  #rate(limited: readonly Limited[], cost: number, at: number, held: QuotaHold): Charged {
    const rated = this.#rates.charge(limited, { cost, at, shares: this.#processes(), isAsking: !held.passes });
    if (held.passes && !rated.passes) this.#quotas.release(held, cost);
    const quotas = quotaStates(held, cost);
    const all = { limits: [...rated.states, ...quotas], degraded: false, at };
    if (!rated.passes) return { refused: 'rate_limited', retryAt: rated.retryAt, ...all };
    if (held.passes) return { refused: null, retryAt: null, ...all };
    return { refused: 'quota_exhausted', retryAt: retryAtOf(quotas, cost), ...all };
  }
}

/** When all are filled anew; never for what is more than a whole quota. */
function retryAtOf(quotas: readonly LimitState[], cost: number): number | null {
  const exceeded = quotas.filter(({ exceeded }) => exceeded);
  return exceeded.some(({ max }) => cost > max) ? null : Math.max(...exceeded.map(({ resetAt }) => resetAt));
}
