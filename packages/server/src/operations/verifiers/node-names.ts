import { scopeOf } from '@keywright/core';
import type { Caller } from '../../callers/caller.ts';

/** The followers as that caller may see them: a node is named after its machine, and that is for those who manage. */
export function namedFor<Follower extends { kind: 'node' | 'verifier'; name: string | null }>(
  caller: Caller | undefined,
  followers: readonly Follower[],
): Follower[] {
  const isTold = caller !== undefined && scopeOf(caller.owner.role, 'verifiers:use') === 'all';
  return followers.map(one => (one.kind === 'node' && !isTold ? { ...one, name: null } : one));
}
