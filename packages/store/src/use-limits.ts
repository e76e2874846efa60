import { type HeldLimits, type LimitHolder, NO_HELD_LIMITS, NO_USE_LIMITS, type UseLimits } from '@keywright/core';

/** As a column holds them: JSON, or null for none. */
export function limitsColumn({ rateLimits, quotas }: UseLimits): string | null {
  return rateLimits.length === 0 && quotas.length === 0 ? null : JSON.stringify({ rateLimits, quotas });
}

export function limitsOf(column: string | null): UseLimits {
  return column === null ? NO_USE_LIMITS : JSON.parse(column); // as limitsColumn wrote it
}

/** So that those that are shared take a few MB at most. */
const SHARED_MAX = 1000;
const shared = new Map<string, readonly HeldLimits[]>();

/** Those of a key, its owner and its account. Many keys have the same: who holds their facts holds them once. */
export function heldLimits(key: string | null, owner: string | null, account: string | null): readonly HeldLimits[] {
  if (key === null && owner === null && account === null) return NO_HELD_LIMITS;
  const text = JSON.stringify([key, owner, account]);
  const known = shared.get(text);
  if (known !== undefined) return known;
  const held = Object.freeze([...heldBy('key', key), ...heldBy('owner', owner), ...heldBy('account', account)]);
  if (shared.size >= SHARED_MAX) shared.clear();
  shared.set(text, held);
  return held;
}

function heldBy(of: LimitHolder, column: string | null): HeldLimits[] {
  return column === null ? [] : [Object.freeze({ of, ...limitsOf(column) })];
}
