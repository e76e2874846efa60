import { listMembers as list } from '@keywright/store';
import { callerOf, type ReadHandler } from '../../context.ts';
import { presentMember } from './present-member.ts';

export const listMembers: ReadHandler<'listMembers'> = async (context, input) => {
  const page = await list(context.db, callerOf(context).account, input);
  return { ...page, items: page.items.map(presentMember) };
};
