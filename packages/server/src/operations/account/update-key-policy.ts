import { isDeepStrictEqual } from 'node:util';
import { getAccount, updateAccount } from '@keywright/store';
import { callerOf, type Handler } from '../../context.ts';

export const updateKeyPolicy: Handler<'updateKeyPolicy'> = async (context, input) => {
  const account = await getAccount(context.tx, callerOf(context).account);
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  const keyPolicy = { ...account.keyPolicy, ...given };
  if (!isDeepStrictEqual(keyPolicy, account.keyPolicy)) {
    await updateAccount(context.tx, account.id, { keyPolicy });
    context.record({
      target: { kind: 'account', id: account.id, name: account.name },
      details: { from: account.keyPolicy, to: keyPolicy },
    });
  }
  return keyPolicy;
};
