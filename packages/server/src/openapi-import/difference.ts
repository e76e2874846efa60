import { compileEndpoints, type Grants, reads } from '@keywright/core';
import type { GrantedKey, StoredEndpoint } from '@keywright/store';
import { widenedBy } from './widened.ts';

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
  const lists = keys.map(key => new Set(listOf(key.grants, api)));
  const gone = new Set(removed.map(({ id }) => id));
  const losing = keys.map((key, n) => ({ ...key, removed: [...(lists[n] ?? [])].filter(id => gone.has(id)) }));
  const { readsMayWrite } = compileEndpoints(after);
  const widened = widenedBy({ before, after, added, removed, readsMayWrite, lists });
  return { after, added, changed, removed, widened, keys: losing.filter(key => key.removed.length > 0) };
}

/** The chosen endpoints of a grant; none when it gives all of the API. */
export function listOf(grants: Grants, api: string): readonly string[] {
  const grant = grants[api] ?? [];
  return typeof grant === 'string' ? [] : grant;
}
