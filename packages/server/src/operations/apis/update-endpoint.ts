import { isDeepStrictEqual } from 'node:util';
import { saveEndpoints } from '@keywright/store';
import type { Handler } from '../../context.ts';
import { endpointById } from './endpoint-by-id.ts';
import { apiTarget, changeableApi } from './present-api.ts';

export const updateEndpoint: Handler<'updateEndpoint'> = async (context, input) => {
  const { api: id, endpoint, reads, name, summary, tag } = input;
  const change = { reads, name, summary, tag };
  const api = await changeableApi(context, id);
  const before = await endpointById(context, api.id, endpoint);
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  const after = { ...before, ...Object.fromEntries(given) };
  if (!isDeepStrictEqual(before, after)) {
    await saveEndpoints(context.tx, api.id, [after]);
    const from = Object.fromEntries(given.map(([field]) => [field, before[field as keyof typeof change]])); // the same fields
    context.record({ target: apiTarget(api), details: { endpoint, from, to: Object.fromEntries(given) } });
  }
  return after;
};
