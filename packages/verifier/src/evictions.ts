import type { KeyId } from '@keywright/core';
import type { Verifier } from './verifier.ts';

/** What an event is about: by its kind it outdates the facts of one key, of all keys of somebody, or one API. */
export interface Outdated {
  /** `access_key`, `api`, `account`, `project`; everything else is an owner. */
  readonly kind: string;
  readonly id: string;
}

/** Evicts what the change of it has outdated: the same rules in the server and in every verifier that follows its feed. */
export function evict({ cache, apis }: Pick<Verifier, 'cache' | 'apis'>, { kind, id }: Outdated): void {
  if (kind === 'access_key')
    cache.evict(id as KeyId); // the target of a key's event is its id
  else if (kind === 'api') apis.evict(id);
  else if (kind === 'account') cache.evictWhere(facts => facts.account.id === id);
  else if (kind === 'project') cache.evictWhere(facts => facts.project === id);
  else cache.evictWhere(facts => facts.owner.id === id);
}
