import { isDeepStrictEqual } from 'node:util';
import type { UseLimits } from '@keywright/core';
import { getAccount, updateAccount as update } from '@keywright/store';
import { callerOf, type Handler } from '../../context.ts';
import { accountTarget, presentAccount } from '../accounts/present-account.ts';
import { changedLimits, checkManaged } from '../limits/check-limits.ts';
import { presentLimits } from '../limits/present-limits.ts';

export const updateAccount: Handler<'updateAccount'> = async (context, input) => {
  const before = await getAccount(context.tx, callerOf(context).account);
  const limits = changedLimits(before, input);
  const after = { ...before, name: input.name ?? before.name, ...limits };
  const [from, to] = [fieldsOf(before), fieldsOf(after)];
  const changed = keysOf(from).filter(field => !isDeepStrictEqual(from[field], to[field]));
  if (changed.length > 0) {
    checkManaged(context, before.managedBy !== null, before, after);
    await update(context.tx, before.id, { name: after.name, limits });
    const details = Object.fromEntries(changed.map(field => [field, { from: from[field], to: to[field] }]));
    context.record({ target: accountTarget(after), details });
  }
  return presentAccount(after);
};

function fieldsOf(account: UseLimits & { name: string }) {
  return { name: account.name, ...presentLimits(account) };
}

function keysOf<Fields extends object>(fields: Fields): (keyof Fields)[] {
  return Object.keys(fields) as (keyof Fields)[]; // Object.keys widens to string
}
