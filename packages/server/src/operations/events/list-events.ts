import type { Event } from '@keywright/contract';
import { listEvents as list, type StoredEvent } from '@keywright/store';
import { callerOf, ownScope, type ReadHandler } from '../../context.ts';
import { timeText } from '../../times.ts';

export const listEvents: ReadHandler<'listEvents'> = async (context, input) => {
  const page = await list(context.db, callerOf(context).account, { ...input, own: ownScope(context) });
  return { ...page, items: page.items.map(presentEvent) };
};

function presentEvent({ seq, at, action, actor, target, details, address, hash }: StoredEvent): Event {
  const kind = actor.kind as Event['actor']['kind']; // written from a caller, whose kinds these are
  return {
    seq,
    at: timeText(at),
    action,
    actor: { ...actor, kind },
    target,
    details,
    address,
    hash: Buffer.from(hash).toString('hex'),
  };
}
