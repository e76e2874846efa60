import { eventsAfter } from '@keywright/store';
import { callerOf, type ReadHandler } from '../../context.ts';
import { changeOf } from './changes.ts';

/** One page of them; as a stream they are at edges/changes-stream.ts. */
export const readChanges: ReadHandler<'readChanges'> = async (context, input) => {
  const { account } = callerOf(context);
  const after = input.after ?? context.app.feed.sequence;
  const events = await eventsAfter(context.db, after);
  return {
    sequence: events.at(-1)?.id ?? after,
    changes: events.flatMap(event => changeOf(account, event) ?? []),
  };
};
