import { KeywrightError } from '@keywright/core';
import { keysGranted, deleteApi as remove } from '@keywright/store';
import type { Handler } from '../../context.ts';
import { apiTarget, changeableApi } from './present-api.ts';

export const deleteApi: Handler<'deleteApi'> = async (context, input) => {
  const { tx } = context;
  const api = await changeableApi(context, input.api);
  const { length } = await keysGranted(tx, api.account, api.id);
  if (length > 0) {
    throw new KeywrightError(
      'conflict',
      `${length} access ${length === 1 ? 'key holds' : 'keys hold'} a grant for it. Take the grants away first: edit the keys, or delete them.`,
    );
  }
  await remove(tx, api.id);
  context.record({ target: apiTarget(api), details: { endpoints: api.endpoints } });
  return { done: true };
};
