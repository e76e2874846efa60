import { newId } from '@keywright/core';
import { insertServiceAccount } from '@keywright/store';
import { callerOf, type Handler } from '../../context.ts';
import { presentServiceAccount, serviceAccountTarget } from './present-service-account.ts';

export const createServiceAccount: Handler<'createServiceAccount'> = async (context, input) => {
  const id = newId('sva', context.app.random);
  const made = { ...input, id, description: input.description ?? null, createdAt: context.at };
  await insertServiceAccount(context.tx, { ...made, account: callerOf(context).account });
  context.record({ target: serviceAccountTarget(made), details: { role: made.role } });
  return presentServiceAccount({ ...made, active: true, keys: 0 });
};
