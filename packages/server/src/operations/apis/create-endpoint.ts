import { endpointId, KeywrightError, limits, reads } from '@keywright/core';
import { getEndpoint, saveEndpoints } from '@keywright/store';
import type { Handler } from '../../context.ts';
import { apiTarget, changeableApi } from './present-api.ts';

export const createEndpoint: Handler<'createEndpoint'> = async (context, input) => {
  const { tx } = context;
  const { method, path, name = null, summary = null, tag = null } = input;
  const api = await changeableApi(context, input.api);
  const id = endpointId(method, path);
  const before = await getEndpoint(tx, api.id, id);
  if (before !== undefined)
    throw new KeywrightError(
      'conflict',
      `There is ${before.method} ${before.path} already, which matches the same requests.`,
    );
  if (api.endpoints >= limits.endpointsPerApiMax)
    throw new KeywrightError('conflict', `An API can have at most ${limits.endpointsPerApiMax} endpoints.`);
  const made = { id, method, path, reads: input.reads ?? reads(method), name, summary, tag };
  await saveEndpoints(tx, api.id, [made]);
  context.record({ target: apiTarget(api), details: { endpoint: id, reads: made.reads } });
  return made;
};
