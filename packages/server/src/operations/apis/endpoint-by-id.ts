import { KeywrightError } from '@keywright/core';
import { getEndpoint, type StoredEndpoint } from '@keywright/store';
import type { ReadContext } from '../../context.ts';

export async function endpointById(context: ReadContext, api: string, id: string): Promise<StoredEndpoint> {
  const found = await getEndpoint(context.db, api, id);
  if (found === undefined) throw new KeywrightError('not_found', `There is no endpoint ${id} in this API.`);
  return found;
}
