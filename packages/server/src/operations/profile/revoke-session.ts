import { KeywrightError } from '@keywright/core';
import { deleteSessions } from '@keywright/store';
import { callerOf, type Handler } from '../../context.ts';
import { memberTarget } from '../members/present-member.ts';
import { personOf } from './person.ts';

export const revokeSession: Handler<'revokeSession'> = async (context, input) => {
  const revoked = await deleteSessions(context.tx, personOf(context).person, { only: input.session });
  if (revoked === 0) throw new KeywrightError('not_found', 'You have no such session.');
  context.record({ target: memberTarget(callerOf(context).owner), details: { revoked } });
  return { done: true };
};
