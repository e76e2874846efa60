import { NO_USE_LIMITS, newId } from '@keywright/core';
import { insertServiceAccount } from '@keywright/store';
import { callerOf, type Handler } from '../../context.ts';
import { changedLimits } from '../limits/check-limits.ts';
import { presentServiceAccount, serviceAccountTarget } from './present-service-account.ts';

export const createServiceAccount: Handler<'createServiceAccount'> = async (context, input) => {
  const id = newId('sva', context.app.random);
  const limits = changedLimits(NO_USE_LIMITS, input);
  const made = { ...input, ...limits, id, description: input.description ?? null, createdAt: context.at };
  await insertServiceAccount(context.tx, { ...made, limits, account: callerOf(context).account });
  context.record({ target: serviceAccountTarget(made), details: { role: made.role } });
  return presentServiceAccount({ ...made, active: true, keys: 0 });
};
