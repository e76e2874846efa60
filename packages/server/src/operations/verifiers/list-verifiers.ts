import type { OutputOf } from '@keywright/contract';
import type { App } from '../../app.ts';
import { callerOf, type ReadHandler } from '../../context.ts';
import { timeText } from '../../times.ts';
import { namedFor } from './node-names.ts';

export const listVerifiers: ReadHandler<'listVerifiers'> = ({ app, ...context }) => ({
  sequence: app.feed.sequence,
  node: app.followers.node,
  backends: backendsOf(app),
  items: namedFor(context.caller, app.followers.list({ account: callerOf({ app, ...context }).account })).map(
    ({ account: _, project: __, by: ___, connectedAt, seenAt, ...follower }) => ({
      ...follower,
      connectedAt: timeText(connectedAt),
      seenAt: timeText(seenAt),
    }),
  ),
});

type Backend = OutputOf<'listVerifiers'>['backends'][number];

function backendsOf({ store, feed, limiter: { isShared } }: App): Backend[] {
  const backend = (name: Backend['name'], isUp: boolean): Backend => ({ name, state: isUp ? 'up' : 'away' });
  const database = backend(store.dialect === 'sqlite' ? 'sqlite' : 'postgresql', feed.isFresh);
  return isShared === undefined ? [database] : [database, backend('redis', isShared)];
}
