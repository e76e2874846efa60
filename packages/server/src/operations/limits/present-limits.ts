import type { LimitState } from '@keywright/contract';
import type { LimitState as State, UseLimits } from '@keywright/core';
import { timeText } from '../../times.ts';

/** Limits as every door shows them. */
export function presentLimits({ rateLimits, quotas }: UseLimits) {
  return { rateLimits: [...rateLimits], quotas: [...quotas] };
}

/** How a limit stands. */
export function presentState({ of, kind, name, max, seconds, burst, remaining, resetAt }: State): LimitState {
  return { of, kind, name, max, seconds, burst, remaining, resetAt: timeText(resetAt) };
}
