import type { Event } from '@keywright/contract';
import { accountNames, type Db, listEvents as list, type StoredEvent } from '@keywright/store';
import { callerOf, ownScope, type ReadHandler } from '../../context.ts';
import { timeText } from '../../times.ts';

export const listEvents: ReadHandler<'listEvents'> = async (context, input) => {
  const page = await list(context.db, callerOf(context).account, { ...input, own: ownScope(context) });
  return { ...page, items: await presentEvents(context.db, page.items) };
};

export async function presentEvents(db: Db, events: readonly StoredEvent[]): Promise<Event[]> {
  const elsewhere = events.map(event => event.actorAccount).filter(id => typeof id === 'string');
  const names = await accountNames(db, [...new Set(elsewhere)]);
  return events.map(event => presentEvent(event, names));
}

function presentEvent(event: StoredEvent, names: ReadonlyMap<string, string>): Event {
  const { seq, at, action, actor, actorAccount, target, details, address, hash } = event;
  const kind = actor.kind as Event['actor']['kind']; // written from a caller, whose kinds these are
  return {
    seq,
    at: timeText(at),
    action,
    actor: { ...actor, kind },
    actorAccount: actorAccount ? { id: actorAccount, name: names.get(actorAccount) ?? '' } : null,
    target,
    details,
    address,
    hash: Buffer.from(hash).toString('hex'),
  };
}
