import type { Facts, OwnerKind, Permission, Role } from '@keywright/core';

/** Who calls: a member or a service account of one account, by a session or by an access key. */
export interface Caller {
  via: 'session' | 'access_key';
  account: string;
  owner: { kind: OwnerKind; id: string; name: string; role: Role };
  permission: Permission;
  /** The key that called. */
  key: Facts | undefined;
  /** The signed-in person, with the session. */
  session: { id: string; person: string } | undefined;
}

/** Who acted, as an event names it. */
export function actorOf(caller: Caller): { kind: string; id: string; name: string | null } {
  if (caller.key !== undefined) return { kind: 'access_key', id: caller.key.key, name: caller.key.name };
  const { kind, id, name } = caller.owner;
  return { kind, id, name };
}
