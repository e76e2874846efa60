import { KeywrightError } from '@keywright/core';
import { eventsAfter } from '@keywright/store';
import { callerOf, type ReadHandler } from '../../context.ts';
import { changeOf, placeAfter, placeText } from './changes.ts';

/** One page of them; as a stream they are at edges/changes-stream.ts. */
export const readChanges: ReadHandler<'readChanges'> = async (context, input) => {
  const { app, db } = context;
  const { account } = callerOf(context);
  const { after, afterHash } = input;
  const place = after === undefined ? app.feed.place : await placeAfter(db, after, afterHash);
  if (place === undefined)
    throw new KeywrightError(
      'conflict',
      'This server was never there: begin anew, without after, and forget the rest.',
    );
  const events = await eventsAfter(db, place.id);
  return {
    ...placeText(events.at(-1) ?? place),
    changes: events.flatMap(event => changeOf(account, event) ?? []),
  };
};
