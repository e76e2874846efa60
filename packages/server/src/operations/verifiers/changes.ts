import type { OutputOf } from '@keywright/contract';
import type { StoredEvent } from '@keywright/store';
import { touchesNoFacts } from '../../feed.ts';

export type Change = OutputOf<'readChanges'>['changes'][number];

const KINDS: Record<string, Change['kind']> = {
  access_key: 'access_key',
  account: 'account',
  project: 'project',
  api: 'api',
  member: 'owner',
  service_account: 'owner',
};

/** The change of facts that an event of the account stands for, or none. */
export function changeOf(
  account: string,
  { id: sequence, action, account: of, target }: StoredEvent,
): Change | undefined {
  if (of !== account && !(target.kind === 'account' && target.id === account)) return undefined;
  if (touchesNoFacts(action)) return undefined;
  return { sequence, kind: KINDS[target.kind] ?? 'owner', id: target.id };
}
