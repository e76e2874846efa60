import { type Facts, type OwnerKind, type Permission, type Role, scopeOf } from '@keywright/core';

/** Who calls: a member or a service account of one account, by a session or by an access key. */
export interface Caller {
  /** `open_access`: without any credential, on a server that was started so. */
  via: 'session' | 'access_key' | 'open_access';
  /** The account in which they act. */
  account: string;
  /** Who they are in the account that they are of, when they act in one that it manages. */
  home?: Caller;
  owner: { kind: OwnerKind; id: string; name: string; role: Role };
  permission: Permission;
  /** The key that called. */
  key: Facts | undefined;
  /** The signed-in person, with the session. */
  session: { id: string; person: string } | undefined;
}

/** What Keywright does by itself. */
export const SYSTEM = { kind: 'system', id: 'keywright', name: 'Keywright' };

/** Who acted, as an event names it. */
export function actorOf(caller: Caller): { kind: string; id: string; name: string | null } {
  if (caller.key !== undefined) return { kind: 'access_key', id: caller.key.key, name: caller.key.name };
  const { kind, id, name } = caller.owner;
  return { kind, id, name };
}

/** The caller in the account that they are of. */
export function atHome(caller: Caller): Caller {
  return caller.home ?? caller;
}

/** Whether they act in the accounts below theirs, too. What is bound to a project stays in it. */
export function mayManage({ owner, key }: Caller): boolean {
  return scopeOf(owner.role, 'accounts:manage') === 'all' && (key === undefined || key.project === null);
}
