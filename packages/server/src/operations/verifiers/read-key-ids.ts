import { listKeyIds } from '@keywright/store';
import { callerOf, type ReadHandler } from '../../context.ts';

/** From the database itself: what a verifier has heard of is on the pages that it asks for afterwards. */
export const readKeyIds: ReadHandler<'readKeyIds'> = (context, { cursor, atOnce: limit }) => {
  const scope = { account: callerOf(context).account, project: context.project };
  return listKeyIds(context.db, scope, { limit, cursor });
};
