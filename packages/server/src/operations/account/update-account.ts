import { getAccount, updateAccount as update } from '@keywright/store';
import { callerOf, type Handler } from '../../context.ts';
import { accountTarget, presentAccount } from '../accounts/present-account.ts';

export const updateAccount: Handler<'updateAccount'> = async (context, input) => {
  const before = await getAccount(context.tx, callerOf(context).account);
  const after = { ...before, name: input.name };
  if (input.name !== before.name) {
    await update(context.tx, before.id, { name: input.name });
    context.record({ target: accountTarget(after), details: { name: { from: before.name, to: input.name } } });
  }
  return presentAccount(after);
};
