import { getAccount } from '@keywright/store';
import { callerOf, type ReadContext, type ReadHandler } from '../../context.ts';
import { timeText } from '../../times.ts';
import { memberById } from '../members/present-member.ts';

export const getProfile: ReadHandler<'getProfile'> = context => presentProfile(context);

export async function presentProfile(context: ReadContext) {
  const member = await memberById(context, callerOf(context).owner.id);
  const account = await getAccount(context.db, member.account);
  const { name, email, role } = member;
  return {
    member: member.id,
    name,
    email,
    role,
    account: { id: account.id, name: account.name },
    createdAt: timeText(member.createdAt),
  };
}
