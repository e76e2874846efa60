import { isDeepStrictEqual } from 'node:util';
import { KeywrightError, type UseLimits, useLimitsWithin } from '@keywright/core';
import { checkUnbound } from '../../callers/check-unbound.ts';
import { type ChangeContext, callerOf } from '../../context.ts';
import { presentLimits } from './present-limits.ts';

/** The limits after a change: those that are given, in the place of those that were. */
export function changedLimits(before: UseLimits, given: Partial<UseLimits>): UseLimits {
  return { rateLimits: given.rateLimits ?? before.rateLimits, quotas: given.quotas ?? before.quotas };
}

/** Those of an owner or an account hold for many keys: one that is bound itself changes none of them. */
export function checkMayLimit(context: ChangeContext, before: UseLimits, after: UseLimits): void {
  if (!isDeepStrictEqual(presentLimits(before), presentLimits(after))) checkUnbound(context, 'change limits');
}

/** Who answers for their own keys only makes their limits tighter. */
export function checkTighter({ scope }: ChangeContext, before: UseLimits, after: UseLimits): void {
  if (scope === 'all' || useLimitsWithin(after, before)) return;
  throw new KeywrightError(
    'forbidden',
    'You can make rate limits and quotas of your keys tighter only: leave each with the same or a smaller max and burst. An administrator can loosen them.',
  );
}

/** Who is managed can not loosen what the managing account has set. */
export function checkManaged(context: ChangeContext, managed: boolean, before: UseLimits, after: UseLimits): void {
  checkMayLimit(context, before, after);
  if (!managed || callerOf(context).home !== undefined || useLimitsWithin(after, before)) return;
  throw new KeywrightError(
    'forbidden',
    'The limits of this account are set by the account that manages it: you can make them tighter only.',
  );
}
