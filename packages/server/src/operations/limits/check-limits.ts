import { isDeepStrictEqual } from 'node:util';
import { type FieldProblem, KeywrightError, loosenedQuotas, loosenedRates, type UseLimits } from '@keywright/core';
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
  if (scope !== 'all')
    demandTighter(before, after, 'You can make limits of your keys tighter only; an administrator can loosen them.');
}

/** Who is managed can not loosen what the managing account has set. */
export function checkManaged(context: ChangeContext, managed: boolean, before: UseLimits, after: UseLimits): void {
  checkMayLimit(context, before, after);
  if (managed && callerOf(context).home === undefined)
    demandTighter(
      before,
      after,
      'You can make limits of this account tighter only; the account that manages it can loosen them.',
    );
}

function demandTighter(before: UseLimits, after: UseLimits, why: string): void {
  const problems = looserLimits(before, after);
  if (problems.length === 0) return;
  const detail = problems.map(({ field, message }) => `${field}: ${message}`).join('; ');
  throw new KeywrightError('forbidden', `${why} ${detail}.`, problems);
}

/** What of limits that have to stay within others goes beyond them, and how to mend it. */
export function looserLimits(outer: UseLimits, inner: UseLimits): FieldProblem[] {
  const rates = loosenedRates(inner.rateLimits, outer.rateLimits).join(', ');
  const quotas = loosenedQuotas(inner.quotas, outer.quotas).join(', ');
  const keep = 'must keep under the same name, and not make looser in';
  return [
    ...(rates === '' ? [] : [{ field: 'rateLimits', rule: 'looser', message: `${keep} rate or burst: ${rates}` }]),
    ...(quotas === ''
      ? []
      : [{ field: 'quotas', rule: 'looser', message: `${keep} max, period or time zone: ${quotas}` }]),
  ];
}
