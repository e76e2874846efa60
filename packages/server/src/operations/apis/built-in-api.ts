import { type Api, type Endpoint, isReading, type OutputOf, operations, type ParsedOf } from '@keywright/contract';
import { BUILT_IN_API, endpointId, invalid, KeywrightError } from '@keywright/core';

/** The management API of Keywright as an entry of the catalogue: its endpoints are the operations of the contract. */
const endpoints: readonly Endpoint[] = operations
  .map(entry => {
    const path = `/v1${entry.path}`;
    const { method, name, summary, noun } = entry;
    return { id: endpointId(method, path), method, path, reads: isReading(entry), name, summary, tag: noun };
  })
  .sort((a, b) => compare(a.path, b.path) || compare(a.id, b.id));

export const builtInApi: Api = {
  id: BUILT_IN_API,
  name: 'Keywright',
  description: 'The management API of Keywright itself: access keys, members, APIs and all else.',
  project: null,
  builtIn: true,
  basePath: null,
  endpoints: endpoints.length,
  createdAt: null,
};

export function builtInTags(): { tag: string | null; endpoints: number }[] {
  const byTag = Map.groupBy(endpoints, endpoint => endpoint.tag);
  return [...byTag]
    .map(([tag, those]) => ({ tag, endpoints: those.length }))
    .sort((a, b) => compare(a.tag ?? '', b.tag ?? ''));
}

/** The same filters and pages as those of an API in the store; the cursor is the last endpoint of the page before. */
export function listBuiltIn(input: ParsedOf<'listEndpoints'>): OutputOf<'listEndpoints'> {
  const { tag, method, reads, cursor, limit } = input;
  const text = input.text?.toLowerCase() ?? '';
  const from = cursor === undefined ? 0 : endpoints.findIndex(({ id }) => id === cursor) + 1;
  if (cursor !== undefined && from === 0)
    throw invalid('cursor', 'cursor', 'is not a cursor of this list: pass on nextCursor as it came');
  const found = endpoints
    .slice(from)
    .filter(one => tag === undefined || one.tag === tag)
    .filter(one => method === undefined || one.method === method)
    .filter(one => reads === undefined || one.reads === reads)
    .filter(one => `${one.id} ${one.path} ${one.name} ${one.summary} ${one.tag}`.toLowerCase().includes(text));
  const items = found.slice(0, limit);
  return { items, nextCursor: found.length > limit ? (items.at(-1)?.id ?? null) : null };
}

export function builtInUnchangeable(): KeywrightError {
  return new KeywrightError(
    'conflict',
    'The built-in API keywright can not be changed: its endpoints are the operations of this server.',
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
