import { lastEventId } from '@keywright/store';
import { callerOf, type ReadHandler } from '../../context.ts';

export const acknowledgeChanges: ReadHandler<'acknowledgeChanges'> = async (context, input) => {
  const { app, at, project } = context;
  const { verifier, sequence, entries = null, hitRate = null, lagMs = null } = input;
  const said = { sequence, entries, hitRate, lagMs, seenAt: at };
  app.followers.acknowledge({ account: callerOf(context).account, project }, verifier, said);
  // From the database: the verifier relies on it that nothing was changed before it asked that this does not count.
  return { sequence: await lastEventId(context.db) };
};
