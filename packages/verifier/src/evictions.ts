import type { KeyId } from '@keywright/core';
import type { Terms } from './shared-terms.ts';
import type { Verifier } from './verifier.ts';

/** What an event is about: by its kind it outdates the facts of one key, of all keys of somebody, or one API. */
export interface Outdated {
  /** `access_key`, `api`, `account`, `project`; everything else is an owner. */
  readonly kind: string;
  readonly id: string;
}

/** Whether facts are of a key of its: of what is neither a key nor an API. */
export function concerns({ kind, id }: Outdated): (facts: Terms) => boolean {
  if (kind === 'account') return facts => facts.account.id === id;
  if (kind === 'project') return facts => facts.project === id;
  return facts => facts.owner.id === id;
}

/** Evicts what the change of it has outdated: the same rules in the server and in every verifier that follows its feed. */
export function evict({ cache, apis }: Pick<Verifier, 'cache' | 'apis'>, change: Outdated): void {
  const { kind, id } = change;
  if (kind === 'access_key')
    cache.evict(id as KeyId); // the target of a key's event is its id
  else if (kind === 'api') apis.evict(id);
  else cache.evictWhere(concerns(change));
}
