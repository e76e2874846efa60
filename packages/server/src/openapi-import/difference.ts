import { compileEndpoints, type EndpointMatcher, type Grants, reads } from '@keywright/core';
import type { GrantedKey, StoredEndpoint } from '@keywright/store';

/** An endpoint as a document names it: whether it reads is for its method, or for people, to say. */
export type DocumentEndpoint = Omit<StoredEndpoint, 'reads'>;

const TEXTS = ['path', 'name', 'summary', 'tag'] as const;

/** A key with those of its endpoints that are removed. */
export interface LosingKey extends GrantedKey {
  removed: string[];
}

export interface Difference {
  /** The whole catalogue afterwards. */
  after: StoredEndpoint[];
  added: StoredEndpoint[];
  changed: (StoredEndpoint & { fields: (typeof TEXTS)[number][] })[];
  removed: StoredEndpoint[];
  widened: { endpoint: string; why: string }[];
  keys: LosingKey[];
}

/** What changes in an API when its endpoints become these, for its texts and for the keys that hold grants for it. */
export function differenceOf(
  api: string,
  before: readonly StoredEndpoint[],
  wanted: readonly DocumentEndpoint[],
  keys: readonly GrantedKey[],
): Difference {
  const known = new Map(before.map(endpoint => [endpoint.id, endpoint]));
  // What people said of an endpoint stays.
  const after = wanted.map(one => ({ ...one, reads: known.get(one.id)?.reads ?? reads(one.method) }));
  const kept = new Set(after.map(({ id }) => id));
  const added = after.filter(({ id }) => !known.has(id));
  const removed = before.filter(({ id }) => !kept.has(id));
  const changed = after.flatMap(endpoint => {
    const was = known.get(endpoint.id);
    const fields = was === undefined ? [] : TEXTS.filter(text => was[text] !== endpoint[text]);
    return fields.length === 0 ? [] : [{ ...endpoint, fields }];
  });
  const lists = keys.map(key => ({ ...key, ids: new Set(listOf(key.grants, api)) }));
  const losing = lists.map(({ ids, ...key }) => ({
    ...key,
    removed: removed.filter(({ id }) => ids.has(id)).map(({ id }) => id),
  }));
  const moved = {
    before: compileEndpoints(before),
    after: compileEndpoints(after),
    lists: lists.map(({ ids }) => ids),
  };
  const widened = [
    ...removed.flatMap(endpoint => whyWiderWithout(endpoint, moved)),
    ...added.flatMap(endpoint => whyWiderWith(endpoint, moved)),
  ];
  return { after, added, changed, removed, widened, keys: losing.filter(key => key.removed.length > 0) };
}

/** The chosen endpoints of a grant; none when it gives all of the API. */
export function listOf(grants: Grants, api: string): readonly string[] {
  const grant = grants[api] ?? [];
  return typeof grant === 'string' ? [] : grant;
}

interface Moved {
  before: EndpointMatcher;
  after: EndpointMatcher;
  /** The chosen endpoints of each key that holds a grant for the API. */
  lists: Set<string>[];
}

/** The requests of an endpoint that goes fall to another one that fits them as well, or to none. */
function whyWiderWithout({ id, method, path, reads: read }: StoredEndpoint, { after, lists }: Moved) {
  const next = after.find(method, sampleOf(path));
  const readsThen = next?.reads ?? (reads(method) && !after.readsMayWrite);
  const gain = next === undefined ? 0 : lists.filter(ids => ids.has(next.id) && !ids.has(id)).length;
  return [
    ...(readsThen && !read ? [{ endpoint: id, why: 'it writes, and without it such requests count as reading' }] : []),
    ...(gain > 0 ? [{ endpoint: id, why: `${keysHold(gain)} ${next?.id}, which matches its requests then` }] : []),
  ];
}

/** The requests of a new endpoint may have been those of another. */
function whyWiderWith({ id, method, path, reads: read }: StoredEndpoint, { before, lists }: Moved) {
  const was = before.find(method, sampleOf(path));
  const gain = lists.filter(ids => ids.has(id) && (was === undefined || !ids.has(was.id))).length;
  return [
    ...(read && was?.reads === false
      ? [{ endpoint: id, why: `it reads, and its requests were those of ${was.id}, which writes` }]
      : []),
    ...(gain > 0 ? [{ endpoint: id, why: `${keysHold(gain)} it already` }] : []),
  ];
}

function keysHold(count: number): string {
  return `${count} access ${count === 1 ? 'key holds' : 'keys hold'} a grant for`;
}

/** A path that the template matches, with values that no literal of another one is. */
function sampleOf(template: string): string {
  return template.replace(/\{[^{}/]*\}/g, '~sample~');
}
