import type { OutputOf } from '@keywright/contract';
import { type Right, scopeOf } from '@keywright/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { read } from './api/read.ts';

type Me = OutputOf<'getProfile'>;

/** The signed-in person. The router has read the profile before any page of the shell is shown. */
export function useMe(): Me {
  return useSuspenseQuery(read('getProfile', {})).data;
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
