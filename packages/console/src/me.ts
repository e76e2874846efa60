import type { OutputOf } from '@keywright/contract';
import { type Right, type Role, scopeOf } from '@keywright/core';
import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import { read } from './api/read.ts';

export interface Me {
  /** The id of the member that the person is in their account. */
  member: string;
  name: string;
  role: Role;
  /** The account in which they act. */
  account: { id: string; name: string };
  /** The account that they are of, when they act in one that it manages. */
  home: { id: string; name: string } | null;
  /** Whether they are signed in as a member of the account: only then do they have a profile there, and keys of their own. */
  isMember: boolean;
}

/** Who is here. The router has asked before any page of the shell is shown. */
export const whoIsHere = queryOptions({ ...read('whoami', {}), select: meOf });

export function useMe(): Me {
  return useSuspenseQuery(whoIsHere).data;
}

export function meOf({ via, account, home, owner, role }: OutputOf<'whoami'>): Me {
  const isMember = via === 'session' && home === null;
  return { member: owner.id, name: owner.name ?? owner.id, role, account, home, isMember };
}

/** Whether the person administrates the account: sees and changes what belongs to others. */
export function isAdmin(me: Me): boolean {
  return scopeOf(me.role, 'directory:change') === 'all';
}

/** Why this person can not change the keys of that owner, or undefined when they can. */
export function whyNotChangeKeys(me: Me, owner: string): string | undefined {
  const scope = scopeOf(me.role, 'keys:change');
  if (scope === 'none') return 'Viewers can only look at access keys. Ask an administrator for another role.';
  if (scope === 'own' && owner !== me.member) return 'Only administrators can change the access keys of others.';
  return undefined;
}

/** Why this person can not do what needs the right over the whole account. */
export function whyNotAdministrate(me: Me, right: Right = 'directory:change'): string | undefined {
  return scopeOf(me.role, right) === 'all' ? undefined : 'Only owners and administrators of the account can do this.';
}

/** Whether the keys of that owner are shown to this person at all. */
export function seesKeysOf(me: Me, owner: string): boolean {
  return scopeOf(me.role, 'keys:see') === 'all' || owner === me.member;
}
