import type { OutputOf } from '@keywright/contract';
import { type Db, type EventPlace, lastEventId, lastEventUpTo, type StoredEvent } from '@keywright/store';
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

/** A place as followers are told of it. */
export function placeText({ id: sequence, hash }: EventPlace): { sequence: number; hash: string } {
  return { sequence, hash: Buffer.from(hash).toString('hex') };
}

/** Where a follower stood. Undefined when the history of this database was never there: it was restored from a backup. */
export async function placeAfter(db: Db, after: number, hash: string | undefined): Promise<EventPlace | undefined> {
  const place = await lastEventUpTo(db, after);
  const isHere =
    hash === undefined ? after <= (await lastEventId(db)) : place.id === after && placeText(place).hash === hash;
  return isHere ? place : undefined;
}

/** The change of facts that an event of the account stands for, or none. */
export function changeOf(account: string, event: StoredEvent): Change | undefined {
  const { action, account: of, target } = event;
  if (of !== account && !(target.kind === 'account' && target.id === account)) return undefined;
  if (touchesNoFacts(action)) return undefined;
  return { ...placeText(event), kind: KINDS[target.kind] ?? 'owner', id: target.id };
}
