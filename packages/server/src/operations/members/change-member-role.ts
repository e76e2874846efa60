import { KeywrightError } from '@keywright/core';
import { keysOfOwner, type Member, updateOwner } from '@keywright/store';
import { checkUnbound } from '../../callers/check-unbound.ts';
import { type ChangeContext, callerOf, type Handler } from '../../context.ts';
import { checkMayTouch, checkOwnerRemains, memberById, memberTarget, presentMember } from './present-member.ts';

export const changeMemberRole: Handler<'changeMemberRole'> = async (context, input) => {
  checkUnbound(context);
  const member = await memberById(context, input.member);
  checkMayTouch(context, member);
  if (input.role === 'owner' && callerOf(context).owner.role !== 'owner')
    throw new KeywrightError('forbidden', 'Only an owner can make owners.');
  if (input.role !== member.role) {
    await checkOwnerRemains(context, member);
    if (input.role === 'owner') await checkOnlyOneHolds(context, member);
    await updateOwner(context.tx, member.id, { role: input.role });
    context.record({ target: memberTarget(member), details: { role: { from: member.role, to: input.role } } });
  }
  return presentMember({ ...member, role: input.role });
};

/** An owner's rights must be in nobody else's hands: not in those of who knows the invitation, or the secret of a key made for them. */
async function checkOnlyOneHolds(context: ChangeContext, member: Member): Promise<void> {
  if (member.state === 'invited') {
    throw new KeywrightError(
      'conflict',
      'Whoever has the invitation could accept it. Make the person an owner once they have joined.',
    );
  }
  const keys = await keysOfOwner(context.tx, member.account, member.id);
  const own = new Set<string>([member.id, ...keys.map(key => key.key)]);
  const foreign = keys.filter(key => !own.has(key.creator.id)).map(key => key.key);
  if (foreign.length > 0) {
    throw new KeywrightError(
      'conflict',
      `Others made access keys for this member and may know their secrets. Delete them first: ${foreign.join(', ')}.`,
    );
  }
}
