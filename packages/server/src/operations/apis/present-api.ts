import type { Api, OutputOf } from '@keywright/contract';
import { BUILT_IN_API, KeywrightError, permissionAt } from '@keywright/core';
import { type ApiScope, countTags, getApi, type Api as StoredApi } from '@keywright/store';
import { callerOf, type ReadContext } from '../../context.ts';
import { timeText } from '../../times.ts';
import { builtInUnchangeable } from './built-in-api.ts';

export function presentApi({ account: _, createdAt, ...api }: StoredApi): Api {
  return { ...api, builtIn: false, createdAt: timeText(createdAt) };
}

export async function presentApiDetail(context: ReadContext, api: StoredApi): Promise<OutputOf<'getApi'>> {
  return { ...presentApi(api), tags: await countTags(context.db, api.id) };
}

/** Which APIs are there for the caller. */
export function apiScope(context: ReadContext): ApiScope {
  return { account: callerOf(context).account, project: context.project };
}

export async function apiById(context: ReadContext, id: string): Promise<StoredApi> {
  const api = await getApi(context.db, apiScope(context), id);
  if (api === undefined) throw new KeywrightError('not_found', `There is no API ${id}.`);
  return api;
}

/** One that can be changed: by a restricted key only where it has all of the API, for it could widen there what it may call. */
export async function changeableApi(context: ReadContext, id: string): Promise<StoredApi> {
  if (id === BUILT_IN_API) throw builtInUnchangeable();
  const api = await apiById(context, id);
  const { key, owner } = callerOf(context);
  if (key !== undefined && permissionAt(key, id, owner.role) !== 'read_write')
    throw new KeywrightError(
      'broader_key',
      'A restricted access key can change only an API of which it was given all.',
    );
  return api;
}

export function apiTarget({ id, name }: { id: string; name: string }) {
  return { kind: 'api', id, name };
}
