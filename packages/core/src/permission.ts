/** What a key may do (design 3); `restricted` with grants joins them together with the catalogue of APIs. */
export const PERMISSIONS = ['read_write', 'read_only'] as const;
export type Permission = (typeof PERMISSIONS)[number];

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a call with this method reads; an unknown method counts as writing. */
export function reads(method: string | undefined): boolean {
  return method !== undefined && READING.has(method);
}

export function permits(permission: Permission, method: string | undefined): boolean {
  return permission === 'read_write' || reads(method);
}

/** Whether `inner` allows nothing that `outer` does not. */
export function permissionWithin(inner: Permission, outer: Permission): boolean {
  return outer === 'read_write' || inner === 'read_only';
}
