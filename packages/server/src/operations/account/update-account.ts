import { getAccount, updateAccount as update } from '@keywright/store';
import { callerOf, type Handler } from '../../context.ts';
import { timeText } from '../../times.ts';

export const updateAccount: Handler<'updateAccount'> = async (context, input) => {
  const before = await getAccount(context.tx, callerOf(context).account);
  if (input.name !== before.name) {
    await update(context.tx, before.id, { name: input.name });
    context.record({
      target: { kind: 'account', id: before.id, name: input.name },
      details: { name: { from: before.name, to: input.name } },
    });
  }
  return { id: before.id, name: input.name, createdAt: timeText(before.createdAt) };
};
