import type { Member } from '@keywright/contract';
import { KeywrightError } from '@keywright/core';
import { countActiveOwners, getMember, type Member as StoredMember } from '@keywright/store';
import { type ChangeContext, callerOf, type ReadContext } from '../../context.ts';
import { timeText } from '../../times.ts';
import { presentLimits } from '../limits/present-limits.ts';

export function presentMember(member: StoredMember): Member {
  const { id, name, email, role, state, keys, createdAt } = member;
  return { id, name, email, role, state, keys, createdAt: timeText(createdAt), ...presentLimits(member) };
}

export async function memberById(context: ReadContext, id: string): Promise<StoredMember> {
  const member = await getMember(context.db, callerOf(context).account, id);
  if (member === undefined) throw new KeywrightError('not_found', `There is no member ${id}.`);
  return member;
}

export function memberTarget(member: { id: string; name: string }) {
  return { kind: 'member', id: member.id, name: member.name };
}

/** Who is an owner is a matter of owners. */
export function checkMayTouch(context: ChangeContext, member: StoredMember): void {
  if (member.role === 'owner' && callerOf(context).owner.role !== 'owner') {
    throw new KeywrightError('forbidden', 'Only an owner can change another owner.');
  }
}

/** The last owner cannot leave: nobody could make another. */
export async function checkOwnerRemains(context: ChangeContext, leaving: StoredMember): Promise<void> {
  if (leaving.role !== 'owner' || leaving.state !== 'active') return;
  if ((await countActiveOwners(context.tx, leaving.account)) <= 1) {
    throw new KeywrightError('conflict', 'This is the last owner of the account. Make somebody else an owner first.');
  }
}
