import type { Role } from './roles.ts';

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

/** What is left of a permission within the owner's role: nobody's key writes where they may only look. */
export function permissionWithinRole(permission: Permission, role: Role): Permission {
  return role === 'viewer' ? 'read_only' : permission;
}

/** Whether `inner` allows nothing that `outer` does not. */
export function permissionWithin(inner: Permission, outer: Permission): boolean {
  return outer === 'read_write' || inner === 'read_only';
}
