import { checkChain } from '@keywright/store';
import { callerOf, type ReadHandler } from '../../context.ts';

export const checkEvents: ReadHandler<'checkEvents'> = async context => {
  const { events, brokenAt } = await checkChain(context.db, callerOf(context).account);
  return { intact: brokenAt === null, events, brokenAt };
};
