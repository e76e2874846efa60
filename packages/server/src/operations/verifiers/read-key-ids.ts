import { listKeyIds } from '@keywright/store';
import type { ReadHandler } from '../../context.ts';
import { servedNow } from './served.ts';

/** From the database itself: what a verifier has heard of is on the pages that it asks for afterwards. */
export const readKeyIds: ReadHandler<'readKeyIds'> = async (context, { cursor, atOnce: limit }) =>
  listKeyIds(context.db, await servedNow(context), { limit, cursor });
