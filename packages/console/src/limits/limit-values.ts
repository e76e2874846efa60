import type { AccessKey, InputOf } from '@keywright/contract';
import type { Period } from '@keywright/core';

/** A number as its input holds it: a text while it is no number, such as when it is empty. */
type Typed = number | string;

export interface RateValues {
  name: string;
  max: Typed;
  perSeconds: Typed;
  /** Empty for as many as `max`. */
  burst: Typed;
}

export interface QuotaValues {
  name: string;
  max: Typed;
  per: Period;
  timeZone: string;
}

/** What the forms of whatever has limits hold. */
export interface LimitValues {
  rateLimits: RateValues[];
  quotas: QuotaValues[];
}

type Limited = Pick<AccessKey, 'rateLimits' | 'quotas'>;

export function limitValuesOf({ rateLimits, quotas }: Limited): LimitValues {
  return {
    rateLimits: rateLimits.map(({ burst, ...rate }) => ({ ...rate, burst: burst === rate.max ? '' : burst })),
    quotas: quotas.map(quota => ({ ...quota })),
  };
}

/** What a new one begins with. */
export function newRate(others: readonly { name: string }[]): RateValues {
  return { name: freeName('steady', others), max: 100, perSeconds: 1, burst: '' };
}

export function newQuota(others: readonly { name: string }[]): QuotaValues {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return { name: freeName('monthly', others), max: 100_000, per: 'month', timeZone };
}

function freeName(name: string, others: readonly { name: string }[]): string {
  const isTaken = (one: string) => others.some(other => other.name === one);
  let free = name;
  for (let n = 2; isTaken(free); n++) free = `${name}-${n}`;
  return free;
}

/** As the contract takes them. What is no number is left for the server to name. */
export function limitsInput({
  rateLimits,
  quotas,
}: LimitValues): Required<Pick<InputOf<'createAccessKey'>, 'rateLimits' | 'quotas'>> {
  const number = (typed: Typed) => typed as number; // or a text, which is refused with its field
  return {
    rateLimits: rateLimits.map(({ name, max, perSeconds, burst }) => ({
      ...{ name, max: number(max), perSeconds: number(perSeconds) },
      ...(burst === '' ? {} : { burst: number(burst) }),
    })),
    quotas: quotas.map(({ max, ...quota }) => ({ ...quota, max: number(max) })),
  };
}
