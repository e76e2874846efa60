import { getAccount as get } from '@keywright/store';
import { callerOf, type ReadHandler } from '../../context.ts';
import { timeText } from '../../times.ts';

export const getAccount: ReadHandler<'getAccount'> = async context => {
  const { id, name, createdAt } = await get(context.db, callerOf(context).account);
  return { id, name, createdAt: timeText(createdAt) };
};
