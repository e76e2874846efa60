import { KeywrightError } from '@keywright/core';
import { type ChangeContext, callerOf } from '../context.ts';

/** A key that is restricted, or bound to a time or to networks, can not let anybody in who is not. */
export function checkUnbound(context: ChangeContext, doing = 'give rights to people'): void {
  const { key } = callerOf(context);
  if (key !== undefined && (key.permission !== 'read_write' || key.expiresAt !== null || key.networks.length > 0)) {
    throw new KeywrightError(
      'broader_key',
      `An access key that expires, is restricted or is bound to networks can not ${doing}.`,
    );
  }
}
