import { KeywrightError } from '@keywright/core';
import { updateOwner } from '@keywright/store';
import { callerOf, type Handler } from '../../context.ts';
import { checkMayTouch, checkOwnerRemains, memberById, memberTarget, presentMember } from './present-member.ts';

export const changeMemberRole: Handler<'changeMemberRole'> = async (context, input) => {
  const member = await memberById(context, input.member);
  checkMayTouch(context, member);
  if (input.role === 'owner' && callerOf(context).owner.role !== 'owner')
    throw new KeywrightError('forbidden', 'Only an owner can make owners.');
  if (input.role !== member.role) {
    await checkOwnerRemains(context, member);
    await updateOwner(context.tx, member.id, { role: input.role });
    context.record({ target: memberTarget(member), details: { role: { from: member.role, to: input.role } } });
  }
  return presentMember({ ...member, role: input.role });
};
