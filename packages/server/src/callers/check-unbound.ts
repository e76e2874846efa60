import { type Facts, KeywrightError, ownLimitsOf } from '@keywright/core';
import { type ChangeContext, callerOf } from '../context.ts';

/** A key that is restricted, or bound to a time, to networks or by limits of its own, can not let anybody in who is not. */
export function checkUnbound(context: ChangeContext, doing = 'give rights to people'): void {
  const { key } = callerOf(context);
  if (key !== undefined && isBound(key)) {
    throw new KeywrightError(
      'broader_key',
      `An access key that expires, is restricted, is bound to networks or has limits can not ${doing}.`,
    );
  }
}

function isBound({ permission, expiresAt, networks, limits }: Facts): boolean {
  const { rateLimits, quotas } = ownLimitsOf(limits);
  return (
    permission !== 'read_write' ||
    expiresAt !== null ||
    networks.length > 0 ||
    rateLimits.length > 0 ||
    quotas.length > 0
  );
}
