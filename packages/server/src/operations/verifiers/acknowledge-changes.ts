import { KeywrightError } from '@keywright/core';
import { lastEventId } from '@keywright/store';
import type { ReadHandler } from '../../context.ts';
import { placeAfter } from './changes.ts';
import { speakerOf } from './speaker.ts';

export const acknowledgeChanges: ReadHandler<'acknowledgeChanges'> = async (context, input) => {
  const { app, at } = context;
  const { verifier, sequence, hash, entries = null, hitRate = null, lagMs = null } = input;
  // From the database: the verifier relies on it that nothing was changed before it asked that this does not count.
  const last = await lastEventId(context.db);
  if (hash !== undefined && (await placeAfter(context.db, sequence, hash)) === undefined)
    throw new KeywrightError('not_found', 'The verifier has followed another history: it has to connect again.');
  // Nobody has seen what is yet to come, as one might say that followed another history of this database.
  const said = { sequence: Math.min(sequence, last), entries, hitRate, lagMs, seenAt: at };
  app.followers.acknowledge(speakerOf(context), verifier, said);
  return { sequence: last };
};
