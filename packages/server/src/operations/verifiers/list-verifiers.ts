import { callerOf, type ReadHandler } from '../../context.ts';
import { timeText } from '../../times.ts';
import { namedFor } from './node-names.ts';

export const listVerifiers: ReadHandler<'listVerifiers'> = ({ app, ...context }) => ({
  sequence: app.feed.sequence,
  items: namedFor(context.caller, app.followers.list({ account: callerOf({ app, ...context }).account })).map(
    ({ account: _, project: __, by: ___, connectedAt, seenAt, ...follower }) => ({
      ...follower,
      connectedAt: timeText(connectedAt),
      seenAt: timeText(seenAt),
    }),
  ),
});
