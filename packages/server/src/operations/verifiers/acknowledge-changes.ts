import { KeywrightError } from '@keywright/core';
import { lastEventId } from '@keywright/store';
import type { ReadHandler } from '../../context.ts';
import { placeAfter } from './changes.ts';
import { speakerOf } from './speaker.ts';

export const acknowledgeChanges: ReadHandler<'acknowledgeChanges'> = async (context, input) => {
  const { app, at } = context;
  const { verifier, sequence, hash, entries = null, hitRate = null, lagMs = null } = input;
  const last = await lastEventId(context.db);
  if (hash !== undefined && (await placeAfter(context.db, sequence, hash)) === undefined)
    throw new KeywrightError('not_found', 'The verifier has followed another history: it has to connect again.');
  // Nobody has seen what is yet to come, as one might say that followed another history of this database.
  const said = { sequence: Math.min(sequence, last), entries, hitRate, lagMs, seenAt: at };
  await app.followers.acknowledge(speakerOf(context), verifier, said);
  // Once all nodes wait for this verifier: a change that did not is among those that it has to see.
  return { sequence: await lastEventId(context.db) };
};
