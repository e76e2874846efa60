import type { GrantSet, PermittedSets } from './permission.ts';

/** Whether `inner` allows nothing that `outer` does not. Whether an endpoint reads may change, so a list is never within `read_only`. */
export function permittedWithin(inner: PermittedSets, outer: PermittedSets): boolean {
  if (outer.permission === 'read_write') return true;
  if (inner.permission === 'read_only') return outer.permission === 'read_only';
  if (inner.permission === 'read_write') return false;
  const grants = Object.entries(inner.grants);
  if (outer.permission === 'read_only') return grants.every(([, grant]) => grantWithin(grant, 'read_only'));
  return grants.every(([api, grant]) => {
    const given = Object.hasOwn(outer.grants, api) ? outer.grants[api] : undefined;
    return grantWithin(grant, given ?? NOTHING);
  });
}

const NOTHING: ReadonlySet<string> = new Set();

function grantWithin(inner: GrantSet, outer: GrantSet): boolean {
  if (outer === 'read_write') return true;
  if (typeof inner === 'string') return inner === 'read_only' && outer === 'read_only';
  if (inner.size === 0) return true;
  return typeof outer !== 'string' && inner.isSubsetOf(outer);
}
