import { deleteOwner, deletePersonWithoutMembership, deleteSessions, keysOfOwner } from '@keywright/store';
import type { Handler } from '../../context.ts';
import { removeKey } from '../access-keys/delete-access-key.ts';
import { checkMayTouch, checkOwnerRemains, memberById, memberTarget } from './present-member.ts';

export const removeMember: Handler<'removeMember'> = async (context, input) => {
  const member = await memberById(context, input.member);
  checkMayTouch(context, member);
  await checkOwnerRemains(context, member);
  for (const key of await keysOfOwner(context.tx, member.account, member.id)) await removeKey(context, key);
  await deleteOwner(context.tx, member.id);
  if (member.person !== null) {
    await deleteSessions(context.tx, member.person);
    await deletePersonWithoutMembership(context.tx, member.person);
  }
  context.record({
    target: memberTarget(member),
    details: { email: member.email, role: member.role, keys: member.keys },
  });
  return { done: true };
};
