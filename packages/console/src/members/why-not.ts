import type { Member } from '@keywright/contract';
import { scopeOf } from '@keywright/core';
import { useQuery } from '@tanstack/react-query';
import { read } from '../api/read.ts';
import { useMe, whyNotAdministrate } from '../me.ts';

interface WhyNot {
  changeRole: string | undefined;
  makeOwner: string | undefined;
  deactivate: string | undefined;
  activate: string | undefined;
  remove: string | undefined;
}

/** Why the person can not do what the panel and the menu of a member offer. */
export function useWhyNot(member: Member): WhyNot {
  const me = useMe();
  const lastOwner = useIsLastOwner(member)
    ? 'This is the last owner, and an account always has one. Make somebody else an owner first.'
    : undefined;
  const mayMakeOwners = scopeOf(me.role, 'owners:change') === 'all';
  const touchesOwner = member.role === 'owner' && !mayMakeOwners ? 'Only owners can change other owners.' : undefined;
  const common = whyNotAdministrate(me) ?? touchesOwner;
  const yourself = (act: string) => (member.id === me.member ? `You can not ${act} yourself.` : undefined);
  return {
    changeRole: common ?? lastOwner,
    makeOwner: mayMakeOwners ? undefined : 'Only owners can make somebody an owner.',
    deactivate: common ?? lastOwner ?? yourself('deactivate'),
    activate: common,
    remove: common ?? lastOwner ?? yourself('remove'),
  };
}

function useIsLastOwner(member: Member): boolean {
  const owners = useQuery({
    ...read('listMembers', { role: 'owner', state: 'active', limit: 2 }),
    enabled: member.role === 'owner',
  });
  const items = owners.data?.items;
  return items?.length === 1 && items[0]?.id === member.id;
}
