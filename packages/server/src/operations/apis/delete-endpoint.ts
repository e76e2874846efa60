import { KeywrightError } from '@keywright/core';
import { allEndpoints, deleteEndpoints, keysGranted } from '@keywright/store';
import type { Handler } from '../../context.ts';
import { differenceOf } from '../../openapi-import/difference.ts';
import { endpointById } from './endpoint-by-id.ts';
import { apiTarget, changeableApi } from './present-api.ts';

export const deleteEndpoint: Handler<'deleteEndpoint'> = async (context, input) => {
  const { tx } = context;
  const api = await changeableApi(context, input.api);
  const { id } = await endpointById(context, api.id, input.endpoint);
  const before = await allEndpoints(tx, api.id);
  const left = before.filter(endpoint => endpoint.id !== id);
  const { keys, widened } = differenceOf(api.id, before, left, await keysGranted(tx, api.account, api.id));
  if (keys.length > 0) {
    const hold = keys.length === 1 ? 'access key holds' : 'access keys hold';
    throw new KeywrightError('conflict', `${keys.length} ${hold} a grant for it. Edit the keys first.`);
  }
  const [wider] = widened;
  if (wider !== undefined)
    throw new KeywrightError(
      'conflict',
      `Without it access keys could call more than now: ${wider.why}. Edit the keys, or what the endpoint says of reading, first.`,
    );
  await deleteEndpoints(tx, api.id, [id]);
  context.record({ target: apiTarget(api), details: { endpoint: id } });
  return { done: true };
};
