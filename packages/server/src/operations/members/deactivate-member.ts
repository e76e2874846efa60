import { KeywrightError } from '@keywright/core';
import { deleteSessions, updateOwner } from '@keywright/store';
import type { Handler } from '../../context.ts';
import { checkMayTouch, checkOwnerRemains, memberById, memberTarget, presentMember } from './present-member.ts';

export const deactivateMember: Handler<'deactivateMember'> = async (context, input) => {
  const member = await memberById(context, input.member);
  checkMayTouch(context, member);
  if (member.person === null)
    throw new KeywrightError('conflict', 'The invitation was not accepted yet. Remove it instead.');
  if (member.state === 'active') {
    await checkOwnerRemains(context, member);
    await updateOwner(context.tx, member.id, { active: false });
    await deleteSessions(context.tx, member.person);
    context.record({ target: memberTarget(member), details: { keys: member.keys } });
  }
  return presentMember({ ...member, state: 'inactive' });
};
