import { KeywrightError } from '@keywright/core';
import { updateOwner } from '@keywright/store';
import { checkUnbound } from '../../callers/check-unbound.ts';
import type { Handler } from '../../context.ts';
import { checkMayTouch, memberById, memberTarget, presentMember } from './present-member.ts';

export const activateMember: Handler<'activateMember'> = async (context, input) => {
  checkUnbound(context);
  const member = await memberById(context, input.member);
  checkMayTouch(context, member);
  if (member.state === 'invited')
    throw new KeywrightError('conflict', 'The person becomes active by accepting the invitation.');
  if (member.state === 'inactive') {
    await updateOwner(context.tx, member.id, { active: true });
    context.record({ target: memberTarget(member), details: { keys: member.keys } });
  }
  return presentMember({ ...member, state: 'active' });
};
