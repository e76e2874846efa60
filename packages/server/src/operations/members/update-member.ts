import { isDeepStrictEqual } from 'node:util';
import { updateOwner } from '@keywright/store';
import type { Handler } from '../../context.ts';
import { changedLimits, checkMayLimit } from '../limits/check-limits.ts';
import { presentLimits } from '../limits/present-limits.ts';
import { checkMayTouch, memberById, memberTarget, presentMember } from './present-member.ts';

export const updateMember: Handler<'updateMember'> = async (context, input) => {
  const member = await memberById(context, input.member);
  checkMayTouch(context, member);
  const limits = changedLimits(member, input);
  const [from, to] = [presentLimits(member), presentLimits(limits)];
  if (!isDeepStrictEqual(from, to)) {
    checkMayLimit(context, member, limits);
    await updateOwner(context.tx, member.id, { limits });
    context.record({ target: memberTarget(member), details: { from, to } });
  }
  return presentMember({ ...member, ...limits });
};
