import { endpointOf, operations } from '@keywright/contract';
import { BUILT_IN_API, type Grants, invalid, type KeywrightError, type Permitted } from '@keywright/core';
import { findApis, findEndpoints } from '@keywright/store';
import { type ChangeContext, callerOf } from '../../context.ts';

const BUILT_IN_ENDPOINTS: ReadonlySet<string> = new Set(operations.map(entry => endpointOf(entry).id));

/**
 * Checks what a key is about to be granted: only a restricted key has grants, and what they name must be there for the caller. What
 * the key holds already may stay, although it was taken from the API meanwhile.
 */
export async function checkGrants(
  context: ChangeContext,
  { permission, grants }: Permitted,
  held: Grants = {},
): Promise<void> {
  const named = Object.keys(grants);
  if (named.length === 0) return;
  if (permission !== 'restricted')
    throw invalid('grants', 'permission', `go with permission restricted only, not with ${permission}: leave them out`);
  const apis = named.filter(api => api !== BUILT_IN_API && !Object.hasOwn(held, api));
  const known = await findApis(context.tx, { account: callerOf(context).account, project: context.project }, apis);
  const absent = apis.find(api => !known.has(api));
  if (absent !== undefined) throw invalid(`grants.${absent}`, 'not_found', 'there is no such API here');
  await checkEndpoints(context, grants, held);
}

async function checkEndpoints(context: ChangeContext, grants: Grants, held: Grants): Promise<void> {
  const added = Object.entries(grants).flatMap(([api, grant]) => {
    const stood = new Set(listIn(held, api));
    const endpoints = listIn({ [api]: grant }, api).filter(endpoint => !stood.has(endpoint));
    return endpoints.map(endpoint => ({ api, endpoint }));
  });
  const unknown = added.find(({ api, endpoint }) => api === BUILT_IN_API && !BUILT_IN_ENDPOINTS.has(endpoint));
  if (unknown !== undefined) throw noEndpoint(unknown);
  const listed = added.filter(({ api }) => api !== BUILT_IN_API);
  const known = await findEndpoints(context.tx, listed);
  const absent = listed.find(({ api, endpoint }) => !known.get(api)?.has(endpoint));
  if (absent !== undefined) throw noEndpoint(absent);
}

function listIn(grants: Grants, api: string): readonly string[] {
  const grant = Object.hasOwn(grants, api) ? grants[api] : undefined;
  return grant === undefined || typeof grant === 'string' ? [] : grant;
}

function noEndpoint({ api, endpoint }: { api: string; endpoint: string }): KeywrightError {
  return invalid(`grants.${api}`, 'not_found', `the API has no endpoint ${endpoint.slice(0, 200)}`);
}
